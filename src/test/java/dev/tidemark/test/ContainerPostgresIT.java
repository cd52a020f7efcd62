package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;

import dev.tidemark.docker.Image;
import dev.tidemark.docker.NeedsDocker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for a {@link ReplicatedPostgres} that runs in containers.
 */
@NeedsDocker(Image.POSTGRES)
class ContainerPostgresIT extends ReplicatedPostgresContractTests {

	private static final String IMAGE = Image.POSTGRES.imageName().asCanonicalNameString();

	@Override
	ReplicatedPostgres start() {
		return ReplicatedPostgres.builder().containers(IMAGE).setting("log_statement", "all").start();
	}

	@Test
	void serversAreConfiguredAsOnThisMachine() {
		assertThat(ask(this.primary, "show synchronous_commit")).isEqualTo("on");
		assertThat(ask(this.primary, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.replica1, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.replica1, "show log_statement")).isEqualTo("all");
	}

	@Test
	void passwordIsNeeded() {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> DriverManager.getConnection(this.primary.jdbcUrl(), this.primary.username(), "wrong"))
			.withMessageContaining("password authentication failed");
	}

	@Test
	void replicaIsPromotedAndFollowed(@TempDir Path logs) throws IOException {
		ReplicatedPostgres postgres = ReplicatedPostgres.builder()
			.containers(IMAGE)
			.replicas("a", "b")
			.logsTo(logs)
			.start();
		try (postgres) {
			execute(postgres.primary(), "create table note (id int primary key)");
			postgres.awaitReplicated();
			postgres.primary().kill();
			postgres.replica("a").promote();
			postgres.replica("b").follow(postgres.replica("a"));
			execute(postgres.replica("a"), "insert into note values (1)");
			await().until(() -> notes(postgres.replica("b")) == 1);
		}
		postgres.close();
		assertThat(postgres.replica("a").isRunning()).isFalse();
		assertThatIllegalStateException().isThrownBy(postgres.primary()::start)
			.withMessage("The cluster of primary was closed, start another one");
		assertThat(logs.resolve("a.log")).content().contains("selected new timeline ID: 2");
	}

}
