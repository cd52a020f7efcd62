package dev.tidemark.jdbc;

import java.util.List;
import java.util.stream.Stream;

import dev.tidemark.app.Servers;
import dev.tidemark.routing.Decision;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs each scenario on the bare pool and through Tidemark, under several settings of the
 * pool: every step has the same result, or the same exception with the same SQLSTATE, and
 * in the end the tables hold the same.
 */
class ScenariosTests {

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

	@TestFactory
	Stream<DynamicContainer> scenarios() {
		return Stream.of(PoolSetting.values()).map((setting) -> {
			Pools pools = new Pools(servers, setting);
			return DynamicContainer.dynamicContainer(setting.name(),
					Stream.concat(Stream.of(Group.values()).map((group) -> tests(group, pools)),
							Stream.of(DynamicTest.dynamicTest("the end", pools::close))));
		});
	}

	private static DynamicContainer tests(Group group, Pools pools) {
		return DynamicContainer.dynamicContainer(group.name(),
				Scenario.in(group.type)
					.map((scenario) -> DynamicTest.dynamicTest(scenario.name(),
							() -> compare(scenario, pools, group.onReplica))));
	}

	private static void compare(Scenario scenario, Pools pools, boolean onReplica) throws Exception {
		fixture.reset();
		Transcript bare = pools.runBare(scenario);
		List<String> contentOfBare = fixture.content();
		fixture.reset();
		Transcript routed = pools.runRouted(scenario);
		assertThat(routed.lines((step) -> !scenario.differsIn(step))).as(scenario.name())
			.isEqualTo(bare.lines((step) -> !scenario.differsIn(step)));
		assertThat(fixture.content()).as(scenario.name()).isEqualTo(contentOfBare);
		if (scenario.differs()) {
			assertThat(routed.lines(scenario::differsIn)).as(scenario.name())
				.isNotEqualTo(bare.lines(scenario::differsIn));
		}
		if (onReplica) {
			assertThat(pools.servers()).as(scenario.name()).anyMatch((server) -> !server.equals(Decision.PRIMARY));
		}
	}

	/**
	 * The scenarios.
	 */
	enum Group {

		AUTO_COMMIT(AutoCommitScenarios.class, false), READ_WRITE(ReadWriteScenarios.class, false),

		READ_ONLY(ReadOnlyScenarios.class, true), SETTINGS(SettingsScenarios.class, false),

		SPRING(SpringScenarios.class, false), SPRING_READ_ONLY(SpringReadOnlyScenarios.class, true);

		private final Class<?> type;

		/**
		 * Whether each scenario uses a replica through Tidemark: else nothing would be
		 * compared.
		 */
		private final boolean onReplica;

		Group(Class<?> type, boolean onReplica) {
			this.type = type;
			this.onReplica = onReplica;
		}

	}

}
