package dev.tidemark.routing;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import dev.tidemark.marker.Markers;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerProbe;
import dev.tidemark.wal.ServerSample;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * How long a read of a primary that is lost is waited for. The primary is a mock, because
 * what counts is whether it was asked at all, which one that is away does not tell.
 */
class WriteRecorderTests {

	private static final Duration MAX_STALENESS = Duration.ofSeconds(2);

	private final Session session = Session.brief(() -> "alice");

	private final AtomicInteger questions = new AtomicInteger();

	private final ReplicationMonitor monitor = new ReplicationMonitor(new LostPrimary(), Map.of(), Duration.ofHours(1));

	private final WriteRecorder recorder = new WriteRecorder(new SessionContext(() -> "alice"),
			new ClusterMarkers(mock(Markers.class), this.monitor), this.monitor, MAX_STALENESS);

	@AfterEach
	void close() {
		this.monitor.close();
	}

	@Test
	void primaryThatWasJustReadIsAskedForItsPosition() {
		this.recorder.seenPrimary(this.session, System.nanoTime());
		assertThat(this.questions).hasPositiveValue();
	}

	/**
	 * No replica without what was read serves anybody by then, however long the session
	 * went on afterwards.
	 */
	@Test
	void readThatIsOlderThanMaxStalenessIsNotWaitedFor() {
		this.recorder.seenPrimary(this.session, System.nanoTime() - MAX_STALENESS.toNanos());
		assertThat(this.questions).hasValue(0);
	}

	private final class LostPrimary implements ServerProbe {

		@Override
		public ServerSample ask() throws SQLException {
			WriteRecorderTests.this.questions.incrementAndGet();
			throw new SQLException("It is away", "08001");
		}

		@Override
		public void close() {
		}

	}

}
