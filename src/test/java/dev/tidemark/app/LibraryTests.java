package dev.tidemark.app;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Mapper;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSessionFactory;
import org.awaitility.Awaitility;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mybatis.spring.SqlSessionTemplate;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.annotation.Id;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.repository.CrudRepository;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Libraries that know nothing of Tidemark, on its data source.
 */
class LibraryTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static ConsistencySession sessions;

	private static Transactions transactions;

	private static TransactionTemplate readOnly;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE,
				Library.only(Library.DATA_JDBC, Library.JOOQ, Library.MYBATIS));
		sessions = application.getBean(ConsistencySession.class);
		transactions = application.getBean(Transactions.class);
		readOnly = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		readOnly.setReadOnly(true);
		application.getBean(JdbcTemplate.class)
			.execute("CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, owner text, body text)");
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		servers.close();
	}

	@BeforeEach
	void replicate() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		Awaitility.await()
			.until(() -> sessions.callAs("nobody", () -> readOnly.execute((status) -> Boolean.TRUE
				.equals(jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class)))));
	}

	static Stream<Notes> libraries() {
		return application.getBeanProvider(Notes.class).orderedStream();
	}

	@ParameterizedTest
	@MethodSource("libraries")
	void readOnlyMethodRunsOnReplica(Notes notes) throws Exception {
		assertThat(sessions.callAs("reader", () -> transactions.read(notes::isInRecovery))).isTrue();
	}

	@ParameterizedTest
	@MethodSource("libraries")
	void readOnlyTemplateRunsOnReplica(Notes notes) throws Exception {
		Boolean inRecovery = sessions.callAs("reader", () -> readOnly.execute((status) -> notes.isInRecovery()));
		assertThat(inRecovery).isTrue();
	}

	@ParameterizedTest
	@MethodSource("libraries")
	void readWriteMethodRunsOnPrimaryAsAWhole(Notes notes) throws Exception {
		String owner = "writer with " + notes;
		List<Boolean> inRecovery = sessions.callAs(owner, () -> transactions.write(() -> {
			boolean before = notes.isInRecovery();
			notes.add(owner, "hello");
			return List.of(before, notes.isInRecovery());
		}));
		assertThat(inRecovery).containsExactly(false, false);
		servers.postgres().awaitReplicated();
		assertThat(sessions.callAs("reader", () -> transactions.read(() -> notes.bodies(owner))))
			.containsExactly("hello");
	}

	@ParameterizedTest
	@MethodSource("libraries")
	void userReadsOwnWriteWhileReplicasStandStill(Notes notes) throws Exception {
		String alice = "alice with " + notes;
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		sessions.runAs(alice, () -> transactions.write(() -> notes.add(alice, "hello")));
		assertThat(sessions.callAs(alice, () -> transactions.read(() -> notes.bodies(alice)))).containsExactly("hello");
		assertThat(sessions.callAs("bob", () -> transactions.read(() -> notes.bodies(alice)))).isEmpty();
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		Awaitility.await().until(() -> sessions.callAs(alice, () -> transactions.read(notes::isInRecovery)));
		assertThat(sessions.callAs(alice, () -> transactions.read(() -> notes.bodies(alice)))).containsExactly("hello");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(
			exclude = { HibernateJpaAutoConfiguration.class, DataJpaRepositoriesAutoConfiguration.class })
	@EnableJdbcRepositories(basePackageClasses = LibraryTests.class, considerNestedRepositories = true)
	static class Application {

		@Bean
		Transactions transactions() {
			return new Transactions();
		}

		@Bean
		Notes jdbcClientNotes(JdbcClient jdbc) {
			return new JdbcClientNotes(jdbc);
		}

		@Bean
		Notes jooqNotes(DSLContext dsl) {
			return new JooqNotes(dsl);
		}

		@Bean
		Notes dataJdbcNotes(NoteRepository repository) {
			return new DataJdbcNotes(repository);
		}

		@Bean
		Notes mybatisNotes(NoteMapper mapper) {
			return new MybatisNotes("MyBatis", mapper);
		}

		@Bean
		Notes mybatisReuseNotes(SqlSessionFactory factory) {
			return new MybatisNotes("MyBatis REUSE", mapper(factory, ExecutorType.REUSE));
		}

		@Bean
		Notes mybatisBatchNotes(SqlSessionFactory factory) {
			return new MybatisNotes("MyBatis BATCH", mapper(factory, ExecutorType.BATCH));
		}

		private static NoteMapper mapper(SqlSessionFactory factory, ExecutorType type) {
			return new SqlSessionTemplate(factory, type).getMapper(NoteMapper.class);
		}

	}

	static class Transactions {

		@Transactional(readOnly = true)
		public <T> T read(Supplier<T> action) {
			return action.get();
		}

		@Transactional
		public <T> T write(Supplier<T> action) {
			return action.get();
		}

		@Transactional
		public void write(Runnable action) {
			action.run();
		}

	}

	/**
	 * What a library is asked to do.
	 */
	interface Notes {

		boolean isInRecovery();

		void add(String owner, String body);

		List<String> bodies(String owner);

	}

	record JdbcClientNotes(JdbcClient jdbc) implements Notes {

		@Override
		public boolean isInRecovery() {
			return this.jdbc.sql("SELECT pg_is_in_recovery()").query(Boolean.class).single();
		}

		@Override
		public void add(String owner, String body) {
			this.jdbc.sql("INSERT INTO note (owner, body) VALUES (:owner, :body)")
				.param("owner", owner)
				.param("body", body)
				.update();
		}

		@Override
		public List<String> bodies(String owner) {
			return this.jdbc.sql("SELECT body FROM note WHERE owner = ?").param(owner).query(String.class).list();
		}

		@Override
		public String toString() {
			return "JdbcClient";
		}

	}

	record JooqNotes(DSLContext dsl) implements Notes {

		@Override
		public boolean isInRecovery() {
			return this.dsl.select(DSL.field("pg_is_in_recovery()", boolean.class)).fetchSingle().value1();
		}

		@Override
		public void add(String owner, String body) {
			this.dsl.insertInto(DSL.table("note"), DSL.field("owner"), DSL.field("body")).values(owner, body).execute();
		}

		@Override
		public List<String> bodies(String owner) {
			return this.dsl.select(DSL.field("body", String.class))
				.from(DSL.table("note"))
				.where(DSL.field("owner", String.class).eq(owner))
				.fetch(0, String.class);
		}

		@Override
		public String toString() {
			return "jOOQ";
		}

	}

	record DataJdbcNotes(NoteRepository repository) implements Notes {

		@Override
		public boolean isInRecovery() {
			return this.repository.isInRecovery();
		}

		@Override
		public void add(String owner, String body) {
			assertThat(this.repository.save(new Note(null, owner, body)).id()).isNotNull();
		}

		@Override
		public List<String> bodies(String owner) {
			return this.repository.findByOwner(owner).stream().map(Note::body).toList();
		}

		@Override
		public String toString() {
			return "Spring Data JDBC";
		}

	}

	record MybatisNotes(String name, NoteMapper mapper) implements Notes {

		@Override
		public boolean isInRecovery() {
			return this.mapper.isInRecovery();
		}

		@Override
		public void add(String owner, String body) {
			this.mapper.add(owner, body);
		}

		@Override
		public List<String> bodies(String owner) {
			return this.mapper.bodies(owner);
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

	@Table("note")
	record Note(@Id @Nullable Long id, String owner, String body) {

	}

	interface NoteRepository extends CrudRepository<Note, Long> {

		List<Note> findByOwner(String owner);

		@Query("SELECT pg_is_in_recovery()")
		boolean isInRecovery();

	}

	@Mapper
	interface NoteMapper {

		@Select("SELECT pg_is_in_recovery()")
		@Options(flushCache = Options.FlushCachePolicy.TRUE)
		boolean isInRecovery();

		@Insert("INSERT INTO note (owner, body) VALUES (#{owner}, #{body})")
		void add(String owner, String body);

		@Select("SELECT body FROM note WHERE owner = #{owner}")
		List<String> bodies(String owner);

	}

}
