package dev.tidemark.fault.bench;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;

import dev.tidemark.history.Backend;
import dev.tidemark.history.Failure;
import dev.tidemark.history.Recorder;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Has a fault take place while an application is used, and measures what comes of it.
 */
final class Trial {

	private static final Duration PATIENCE = Duration.ofSeconds(15);

	private final Bench bench;

	private final long seed;

	Trial(Bench bench, long seed) {
		this.bench = bench;
		this.seed = seed;
	}

	Measured run(Row row, Duration duration, String prefix) throws Exception {
		Backend backend = this.bench.backend();
		Recorder recorder = new Recorder(backend, this.bench.maxStaleness());
		Fault fault = row.fault().apply(this.bench, new Draw(this.bench, new Random(this.seed + prefix.hashCode())));
		long began;
		long ended;
		OptionalLong recovery;
		List<Failure> probed;
		try (Load load = Load.start(recorder, prefix, this.seed, this.bench.instances().size());
				Probe probe = Probe.start(backend, prefix, this.bench.instances().size())) {
			this.bench.use(load, probe, new Onlookers(recorder, prefix));
			awaitRecovery(probe);
			began = recorder.now();
			fault.begin();
			fault.last(duration);
			fault.end();
			ended = recorder.now();
			recovery = awaitRecovery(probe);
			probed = probe.failures();
		}
		return Measured.of(recorder.history(), recorder.failures(), probed, began, ended, this.bench.ledger(prefix),
				recovery);
	}

	private OptionalLong awaitRecovery(Probe probe) {
		long since = probe.now();
		OptionalLong[] recovery = { OptionalLong.empty() };
		try {
			Awaitility.await().pollInterval(Duration.ofMillis(50)).atMost(PATIENCE).until(() -> {
				recovery[0] = probe.recovery(since, this.bench.replicaNames());
				return recovery[0].isPresent();
			});
		}
		catch (ConditionTimeoutException ex) {
			System.out.println("Not recovered: " + probe.latest() + ", the primary is " + this.bench.primary().name()
					+ ", " + this.bench.status());
		}
		return recovery[0];
	}

}
