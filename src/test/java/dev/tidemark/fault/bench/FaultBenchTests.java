package dev.tidemark.fault.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.tidemark.fault.bench.FaultTable.Line;
import dev.tidemark.fault.bench.Row.Harm;
import dev.tidemark.fault.bench.Row.Topology;
import dev.tidemark.history.Failure;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every fault of the table, and the same with the mechanism against it switched off.
 * {@code -Pfaults} lets them last and writes {@code docs/faults.md};
 * {@code -Dfaults.rows=} names single rows, {@code -Dfaults.seed=} repeats a run.
 */
class FaultBenchTests {

	private static final boolean LASTING = Boolean.getBoolean("faults.lasting");

	private static final long SEED = Long.getLong("faults.seed", new Random().nextInt(1_000_000));

	/**
	 * For these too.
	 */
	private static final Set<String> VARIANTS = Set.of("1a", "1c", "6a", "6b", "8b", "14b", "15b", "16a", "16d");

	private static final List<String> ROWS = List.of(System.getProperty("faults.rows", "").split(","));

	/**
	 * A brief run has no time for it.
	 */
	private static final boolean ALSO_OFF = LASTING || Boolean.getBoolean("faults.off");

	private static final Duration LASTING_OFF = Duration.ofSeconds(10);

	private static final List<Line> lines = new ArrayList<>();

	private static final Map<Topology, Bench> benches = new EnumMap<>(Topology.class);

	@AfterAll
	static void stop() throws Exception {
		benches.values().forEach(Bench::close);
		lines.sort(Comparator.comparing((line) -> line.row().place()));
		FaultTable.write(Path.of(LASTING ? "docs/faults.md" : "target/faults.md"), SEED, LASTING, lines);
	}

	static Stream<Row> rows() {
		return Rows.all()
			.stream()
			.filter((row) -> ROWS.contains("") ? ALSO_OFF || !VARIANTS.contains(row.number())
					: ROWS.contains(row.number()));
	}

	@ParameterizedTest
	@MethodSource("rows")
	void nothingIsBroken(Row row) throws Exception {
		Duration duration = LASTING ? row.lasting() : row.brief();
		Measured on = measure(row, duration);
		tell(row, "on ", on);
		Measured off = (ALSO_OFF && !row.switches().isEmpty()) ? switchedOff(row) : null;
		lines.add(new Line(row, duration, on, off));
		if (off != null) {
			tell(row, "off", off);
		}
		assertThat(on.violations()).as(seed()).isEmpty();
		assertThat(on.lost()).as(seed()).isZero();
		assertThat(on.repeated()).as(seed()).isZero();
		assertThat(on.failedReads()).as(seed()).isEmpty();
		if (!row.needsPrimary()) {
			assertThat(on.failedWrites()).as(seed()).isEmpty();
			assertThat(on.primaryReads()).as(seed()).isZero();
		}
		assertThat(on.recovery()).as(seed()).isPresent();
		if (row.harm() == Harm.HANGING_READS) {
			assertThat(on.slowestRead()).as(seed()).isLessThan(duration);
		}
		if (off != null) {
			assertThat(row.harm().isShown(on, off)).as("%s without %s, seed %d", row.harm(), row.mechanism(), SEED)
				.isTrue();
		}
	}

	private static String seed() {
		return "seed " + SEED;
	}

	private static @Nullable Measured switchedOff(Row row) throws Exception {
		Bench bench = bench(row);
		bench.off(row.switches());
		try {
			return new Trial(bench, SEED).run(row, LASTING ? longer(row.brief()) : row.brief(),
					"r" + row.number() + "-off-");
		}
		finally {
			bench.on(row.switches());
			leave(row);
		}
	}

	/**
	 * What comes of it depends on chance.
	 */
	private static Duration longer(Duration brief) {
		return (brief.compareTo(LASTING_OFF) < 0) ? LASTING_OFF : brief;
	}

	private static Measured measure(Row row, Duration duration) throws Exception {
		try {
			return new Trial(bench(row), SEED).run(row, duration, "r" + row.number() + "-on-");
		}
		finally {
			leave(row);
		}
	}

	/**
	 * Only one is there at a time, so that none disturbs the others.
	 */
	private static Bench bench(Row row) throws Exception {
		Bench bench = benches.get(row.topology());
		if (bench == null) {
			benches.values().forEach(Bench::close);
			benches.clear();
			bench = new Bench(row.topology());
			benches.put(row.topology(), bench);
		}
		return bench;
	}

	private static void leave(Row row) {
		if (row.topology() == Topology.OWN || row.topology() == Topology.SENTINEL) {
			benches.values().forEach(Bench::close);
			benches.clear();
		}
	}

	private static void tell(Row row, String mode, Measured measured) {
		System.out.printf(Locale.ROOT,
				"%-4s %s %s: %d requests, reads failed %s, refused %d, of the primary %d; writes failed %s; "
						+ "slowest %d and %d ms, mean %.1f ms; %d violations, %d lost, %d repeated; "
						+ "primary %.1f %%, offload after %s s%n",
				row.number(), mode, row.name(), measured.requests(), kinds(measured.failedReads()),
				measured.refusedReads(), measured.primaryReads(), kinds(measured.failedWrites()),
				measured.slowestRead().toMillis(), measured.slowestWrite().toMillis(),
				measured.meanRead().toNanos() / 1e6, measured.violations().size(), measured.lost(), measured.repeated(),
				100 * measured.primaryShare(), FaultTable.recovery(measured));
		measured.failedReads().stream().limit(3).forEach((failure) -> failure.cause().printStackTrace(System.out));
	}

	private static Object kinds(List<Failure> failures) {
		return failures.stream().collect(Collectors.groupingBy(Failure::kind, Collectors.counting()));
	}

}
