package dev.tidemark.routing;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReadRepetition}. Connections that nobody uses stand for those of a
 * primary that moves between two losses, at a moment that can't be chosen with servers.
 */
class ReadRepetitionTests {

	private static final PSQLException LOST = new PSQLException("lost", PSQLState.CONNECTION_FAILURE);

	private final List<Integer> losses = new ArrayList<>();

	private final ReadRepetition repetition = new ReadRepetition(this.losses::add, (replica, ex) -> {
	});

	private final HikariDataSource one = new HikariDataSource();

	private final HikariDataSource other = new HikariDataSource();

	@Test
	void primaryIsAskedAgainTwice() {
		assertThat(this.repetition.begins(primary(this.one), LOST)).isTrue();
		assertThat(this.repetition.begins(primary(this.one), LOST)).isTrue();
		assertThat(this.repetition.begins(primary(this.one), LOST)).isFalse();
		assertThat(this.losses).containsExactly(1, 2);
	}

	@Test
	void primaryThatHasMovedIsAskedTwiceAgain() {
		assertThat(this.repetition.begins(primary(this.one), LOST)).isTrue();
		assertThat(this.repetition.begins(primary(this.one), LOST)).isTrue();
		assertThat(this.repetition.begins(primary(this.other), LOST)).isTrue();
		assertThat(this.repetition.begins(primary(this.other), LOST)).isTrue();
		assertThat(this.repetition.begins(primary(this.other), LOST)).isFalse();
		assertThat(this.losses).containsExactly(1, 2, 1, 2);
	}

	@Test
	void nextReadAsksThePrimaryTwiceAgain() {
		assertThat(this.repetition.begins(primary(this.one), LOST)).isTrue();
		assertThat(this.repetition.begins(primary(this.one), LOST)).isTrue();
		this.repetition.forget();
		assertThat(this.repetition.begins(primary(this.one), LOST)).isTrue();
		assertThat(this.losses).containsExactly(1, 2, 1);
	}

	private static ServerConnection primary(HikariDataSource pool) {
		BaseConnection connection = (BaseConnection) Proxy.newProxyInstance(ReadRepetitionTests.class.getClassLoader(),
				new Class<?>[] { BaseConnection.class }, (proxy, method, arguments) -> {
					throw new UnsupportedOperationException(method.getName());
				});
		return new ServerConnection(Decision.PRIMARY, pool, connection, connection);
	}

}
