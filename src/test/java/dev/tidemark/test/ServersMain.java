package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A program that starts servers and does not close them. It tells where their data lies,
 * and goes on with each line that it reads: the first ends the program, unless the
 * program is killed before.
 */
final class ServersMain {

	private ServersMain() {
	}

	public static void main(String[] arguments) throws IOException {
		ReplicatedPostgres postgres = ReplicatedPostgres.builder().replicas("a", "b").start();
		EmbeddedRedis redis = EmbeddedRedis.start();
		exercise(postgres, postgres.replica("a"));
		postgres.replica("b").freeze();
		redis.flush();
		System.out.println(folder(postgres));
		System.in.read();
	}

	private static void exercise(ReplicatedPostgres postgres, PostgresReplica replica) {
		SqlClient primary = new SqlClient(postgres.primary());
		replica.pauseReplay();
		primary.execute("create table note ()");
		replica.delayReplay(Duration.ofSeconds(1));
		replica.restart();
		replica.delayReplay(Duration.ZERO);
		replica.disconnectFromPrimary();
		replica.kill();
		replica.start();
		replica.reconnectToPrimary();
		replica.freeze();
		replica.thaw();
		postgres.awaitReplicated();
		new SqlClient(replica).ask("select count(*) from note");
	}

	private static Path folder(ReplicatedPostgres postgres) {
		return postgres.primary().logFile().resolveSibling("");
	}

}
