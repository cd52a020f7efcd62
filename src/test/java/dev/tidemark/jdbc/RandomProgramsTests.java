package dev.tidemark.jdbc;

import java.util.List;

import dev.tidemark.app.Servers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs programs drawn at random on the bare pool and through Tidemark, as
 * {@link ScenariosTests} does with written ones. {@code -Dprograms=} sets how many,
 * {@code -Dprograms.seed=} the seed of the first.
 */
class RandomProgramsTests {

	private static final int PROGRAMS = Integer.getInteger("programs", 100);

	private static final long FIRST = Long.getLong("programs.seed", 1);

	private static Servers servers;

	private static Fixture fixture;

	@BeforeAll
	static void start() throws Exception {
		servers = new Servers();
		fixture = new Fixture(servers.postgres());
	}

	@AfterAll
	static void stop() throws Exception {
		fixture.close();
		servers.close();
	}

	@ParameterizedTest
	@EnumSource
	void comeToTheSame(PoolSetting setting) throws Exception {
		try (Pools pools = new Pools(servers, setting)) {
			for (long seed = FIRST; seed < FIRST + PROGRAMS; seed++) {
				compare(new RandomProgram(seed), pools);
			}
		}
	}

	private static void compare(Program program, Pools pools) throws Exception {
		fixture.reset();
		List<String> bare = pools.runBare(program).lines((step) -> true);
		List<String> contentOfBare = fixture.content();
		fixture.reset();
		assertThat(pools.runRouted(program).lines((step) -> true)).as(program.toString()).isEqualTo(bare);
		assertThat(fixture.content()).as("%s: %s", program, bare).isEqualTo(contentOfBare);
	}

}
