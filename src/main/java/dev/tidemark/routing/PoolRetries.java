package dev.tidemark.routing;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Predicate;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;

/**
 * Has a pool try at once to open connections when its server answers again, or when
 * somebody has waited for one in vain. After failures HikariCP sleeps for up to five
 * seconds before it tries again, and what it is asked for meanwhile waits. Thread-safe.
 */
final class PoolRetries {

	private static final String ADDER = ":connection-adder";

	/**
	 * The method in which HikariCP pauses.
	 */
	private static final String PAUSE = "quietlySleep";

	private final Map<String, HikariDataSource> replicas;

	private volatile ClusterStatus last;

	PoolRetries(Map<String, HikariDataSource> replicas, ClusterStatus status) {
		this.replicas = replicas;
		this.last = status;
	}

	/**
	 * Look which replicas answer again. Called on the threads of the monitor, which must
	 * not wait.
	 * @param status what is known of the servers
	 */
	void changed(ClusterStatus status) {
		ClusterStatus before = this.last;
		this.last = status;
		for (int i = 0; i < status.replicas().size(); i++) {
			ReplicaStatus replica = status.replicas().get(i);
			HikariDataSource pool = this.replicas.get(replica.name());
			if (pool != null && replica.state() != ReplicaState.UNREACHABLE
					&& before.replicas().get(i).state() == ReplicaState.UNREACHABLE) {
				ForkJoinPool.commonPool().execute(() -> now(pool));
			}
		}
	}

	/**
	 * End the pause between two attempts. An interrupt does, with the attempt: each who
	 * waits has asked for one of his own. Leaves a pool alone that has a thread factory
	 * of its own.
	 * @param pool the pool, whose server answers again
	 */
	static void now(HikariDataSource pool) {
		interrupt(pool, (frames) -> true);
	}

	/**
	 * End the pause between two attempts, but no attempt: a server may take longer for a
	 * login than somebody waits for it.
	 * @param pool the pool, which had no connection to give
	 */
	static void next(HikariDataSource pool) {
		interrupt(pool, PoolRetries::isAsleep);
	}

	private static void interrupt(HikariDataSource pool, Predicate<StackTraceElement[]> which) {
		String name = pool.getPoolName() + ADDER;
		Thread.getAllStackTraces().forEach((thread, frames) -> {
			if (thread.getName().equals(name) && which.test(frames)) {
				thread.interrupt();
			}
		});
	}

	private static boolean isAsleep(StackTraceElement[] frames) {
		return Arrays.stream(frames).anyMatch((frame) -> frame.getMethodName().equals(PAUSE));
	}

}
