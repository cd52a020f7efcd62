package dev.tidemark.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ConsistencySession;
import dev.tidemark.FeedsWriteDecision;
import dev.tidemark.ReadConsistency;
import jakarta.persistence.EntityManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * ONE-TARGET, WRITES and DECISION for a method that is called inside a transaction, for
 * every propagation. What is expected stands in {@code docs/transactions.md}; where that
 * is not what happens, the failure shows the table as it really is.
 */
class NestingTests {

	private static final Path DOCUMENT = Path.of("docs", "transactions.md");

	private static Servers servers;

	private static App jdbc;

	private static App jpa;

	private static App bare;

	@BeforeAll
	static void start() {
		servers = new Servers();
		String withoutJpa = Library.only() + "," + HibernateJpaAutoConfiguration.class.getName() + ","
				+ DataJpaRepositoriesAutoConfiguration.class.getName();
		bare = App.start(withoutJpa, "tidemark.enabled=false");
		bare.context().getBean(JdbcTemplate.class).execute("CREATE TABLE note (n int)");
		jdbc = App.start(withoutJpa);
		jpa = App.start();
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		Stream.of(jdbc, jpa, bare).filter((app) -> app != null).forEach(App::close);
		servers.close();
	}

	@ParameterizedTest
	@CsvSource({ "jdbc", "jpa" })
	void documentedTableIsTrue(String manager) throws Exception {
		App app = manager.equals("jdbc") ? jdbc : jpa;
		Awaitility.await().until(() -> app.asReader(app::readOnly).equals("replica"));
		List<String> rows = new ArrayList<>();
		for (Row row : Row.all()) {
			rows.add(app.measure(row));
		}
		List<String> common = documented("jdbc");
		if (manager.equals("jpa")) {
			rows.removeAll(common);
		}
		assertThat(String.join("\n", rows)).as("the table '%s' of %s", manager, DOCUMENT)
			.isEqualTo(String.join("\n", documented(manager)));
	}

	@Test
	void writeInsideFailsOnlyWhereItFailsWithoutTidemark() throws Exception {
		for (Row row : Row.all()) {
			assertThat(jdbc.writes(row)).as(row.toString()).isEqualTo(bare.writes(row));
		}
	}

	private static List<String> documented(String table) throws IOException {
		List<String> lines = Files.readAllLines(DOCUMENT);
		int start = lines.indexOf("<!-- " + table + " -->");
		assertThat(start).as("the mark of the table '%s'", table).isNotNegative();
		return lines.subList(start, lines.size())
			.stream()
			.dropWhile((line) -> !line.startsWith("|"))
			.takeWhile((line) -> line.startsWith("|"))
			.skip(2)
			.toList();
	}

	enum Outer {

		NONE("none"), READ_ONLY("read-only"), READ_ONLY_AND_HAS_READ("read-only, has read"), READ_WRITE("read-write");

		private final String text;

		Outer(String text) {
			this.text = text;
		}

	}

	/**
	 * Which method is called inside which transaction.
	 */
	record Row(Outer outer, Propagation propagation, boolean readOnly) {

		static List<Row> all() {
			return Arrays.stream(Outer.values())
				.flatMap((outer) -> Stream
					.of(Propagation.REQUIRED, Propagation.REQUIRES_NEW, Propagation.NESTED, Propagation.SUPPORTS,
							Propagation.NOT_SUPPORTED, Propagation.MANDATORY)
					.flatMap((propagation) -> Stream.of(new Row(outer, propagation, false),
							new Row(outer, propagation, true))))
				.toList();
		}

		String call(Inner inner, Supplier<String> action) {
			return switch (this.propagation) {
				case REQUIRED -> this.readOnly ? inner.requiredReadOnly(action) : inner.required(action);
				case REQUIRES_NEW -> this.readOnly ? inner.requiresNewReadOnly(action) : inner.requiresNew(action);
				case NESTED -> this.readOnly ? inner.nestedReadOnly(action) : inner.nested(action);
				case SUPPORTS -> this.readOnly ? inner.supportsReadOnly(action) : inner.supports(action);
				case NOT_SUPPORTED -> this.readOnly ? inner.notSupportedReadOnly(action) : inner.notSupported(action);
				case MANDATORY -> this.readOnly ? inner.mandatoryReadOnly(action) : inner.mandatory(action);
				case NEVER -> throw new IllegalArgumentException("NEVER is not measured");
			};
		}

		@Override
		public String toString() {
			return "| " + this.outer.text + " | " + this.propagation + (this.readOnly ? " read-only" : "");
		}

	}

	/**
	 * A running application.
	 */
	record App(ConfigurableApplicationContext context) {

		static App start(String... properties) {
			// A slow machine is no failure of a replica or of Redis.
			String[] all = Stream.concat(Stream.of("tidemark.monitor.interval=1s", "tidemark.marker.timeout=5s",
					// What was read on the primary has to reach the replica first.
					"tidemark.consistency.fence-wait=20s"), Arrays.stream(properties))
				.toArray(String[]::new);
			return new App(servers.start(Application.class, WebApplicationType.NONE, all));
		}

		void close() {
			this.context.close();
		}

		/**
		 * Ask the server that a statement comes to who it is.
		 */
		private String server() {
			EntityManager entities = this.context.getBeanProvider(EntityManager.class).getIfAvailable();
			String sql = "SELECT CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'primary' END";
			return String.valueOf((entities != null) ? entities.createNativeQuery(sql).getSingleResult()
					: this.context.getBean(JdbcTemplate.class).queryForObject(sql, String.class));
		}

		String write() {
			this.context.getBean(JdbcTemplate.class).update("INSERT INTO note VALUES (1)");
			return "yes";
		}

		String readOnly() {
			return outer(Outer.READ_ONLY, this::server);
		}

		String asReader(Supplier<String> action) throws Exception {
			return this.context.getBean(ConsistencySession.class).callAs("reader", action::get);
		}

		/**
		 * Return the row of the table for what is called.
		 */
		String measure(Row row) throws Exception {
			List<String> cells = new ArrayList<>();
			for (Class<? extends Inner> type : List.of(Plain.class, Deciding.class, Primary.class, Eventual.class)) {
				cells.add(asReader(() -> route(row, this.context.getBean(type))));
			}
			cells.add(writes(row).replaceAll(".*/", ""));
			return cells.stream().collect(Collectors.joining(" | ", row + " | ", " |"));
		}

		private String route(Row row, Inner inner) {
			if (row.outer == Outer.NONE) {
				return outcome(() -> row.call(inner, this::server));
			}
			return outer(row.outer, () -> outcome(() -> row.call(inner, this::server)) + " → " + outcome(this::server));
		}

		String writes(Row row) throws Exception {
			Inner inner = this.context.getBean(Plain.class);
			return this.context.getBean(ConsistencySession.class)
				.callAs("writer", () -> outer(row.outer, () -> outcome(() -> row.call(inner, this::write))));
		}

		private String outer(Outer outer, Supplier<String> action) {
			if (outer == Outer.NONE) {
				return action.get();
			}
			TransactionTemplate transaction = new TransactionTemplate(
					this.context.getBean(PlatformTransactionManager.class));
			transaction.setReadOnly(outer != Outer.READ_WRITE);
			return String.valueOf(transaction.<String>execute((status) -> {
				if (outer == Outer.READ_ONLY_AND_HAS_READ) {
					server();
				}
				String result = action.get();
				status.setRollbackOnly();
				return result;
			}));
		}

		private static String outcome(Supplier<String> action) {
			try {
				return action.get();
			}
			catch (RuntimeException ex) {
				Throwable cause = NestedExceptionUtils.getMostSpecificCause(ex);
				return ex.getClass().getSimpleName()
						+ ((cause instanceof SQLException sql) ? "/" + sql.getSQLState() : "");
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Plain plain() {
			return new Plain();
		}

		@Bean
		Deciding deciding() {
			return new Deciding();
		}

		@Bean
		Primary onPrimary() {
			return new Primary();
		}

		@Bean
		Eventual eventual() {
			return new Eventual();
		}

	}

	static class Plain extends Inner {

	}

	@FeedsWriteDecision
	static class Deciding extends Inner {

	}

	@ReadConsistency(level = ConsistencyLevel.PRIMARY)
	static class Primary extends Inner {

	}

	@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
	static class Eventual extends Inner {

	}

	abstract static class Inner {

		@Transactional
		public String required(Supplier<String> action) {
			return action.get();
		}

		@Transactional(readOnly = true)
		public String requiredReadOnly(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW)
		public String requiresNew(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW, readOnly = true)
		public String requiresNewReadOnly(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.NESTED)
		public String nested(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.NESTED, readOnly = true)
		public String nestedReadOnly(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.SUPPORTS)
		public String supports(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.SUPPORTS, readOnly = true)
		public String supportsReadOnly(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.NOT_SUPPORTED)
		public String notSupported(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.NOT_SUPPORTED, readOnly = true)
		public String notSupportedReadOnly(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.MANDATORY)
		public String mandatory(Supplier<String> action) {
			return action.get();
		}

		@Transactional(propagation = Propagation.MANDATORY, readOnly = true)
		public String mandatoryReadOnly(Supplier<String> action) {
			return action.get();
		}

	}

}
