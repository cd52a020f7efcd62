package dev.tidemark.app;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ConsistencySession;
import dev.tidemark.ReadConsistency;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/**
 * An application that writes notes, and says on which server it did what.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Notebook {

	@Bean
	Notes notes(JdbcTemplate jdbc) {
		return new Notes(jdbc);
	}

	/**
	 * Start one, with transactions of JDBC.
	 */
	static ConfigurableApplicationContext start(Servers servers, String... properties) {
		List<String> all = new ArrayList<>(List.of(properties));
		all.add(Library.only() + "," + HibernateJpaAutoConfiguration.class.getName() + ","
				+ DataJpaRepositoriesAutoConfiguration.class.getName());
		return servers.start(Notebook.class, WebApplicationType.NONE, all.toArray(String[]::new));
	}

	/**
	 * Do something as a user.
	 */
	static <T> T as(ConfigurableApplicationContext application, String user, Callable<T> action) {
		try {
			return application.getBean(ConsistencySession.class).callAs(user, action);
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	static class Notes {

		private final JdbcTemplate jdbc;

		Notes(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		/**
		 * Return the port of the server that has the note.
		 */
		@Transactional
		public int write(String owner) {
			this.jdbc.update("INSERT INTO note VALUES (?)", owner);
			return port();
		}

		/**
		 * Return after something has happened in the middle of the transaction.
		 */
		@Transactional
		public void writeAnd(String owner, Runnable meanwhile) {
			write(owner);
			meanwhile.run();
		}

		@Transactional(readOnly = true)
		public int read() {
			return port();
		}

		/**
		 * Return the port when something has happened behind the read.
		 */
		@Transactional(readOnly = true)
		public int readAnd(Runnable meanwhile) {
			int port = port();
			meanwhile.run();
			return port;
		}

		/**
		 * Count when something has happened behind the first read.
		 */
		@Transactional(readOnly = true)
		public long countAfter(String owner, Runnable meanwhile) {
			port();
			meanwhile.run();
			return count(owner);
		}

		@Transactional(readOnly = true)
		public long count(String owner) {
			return this.jdbc.queryForObject("SELECT count(*) FROM note WHERE owner = ?", Long.class, owner);
		}

		@Transactional(readOnly = true)
		public boolean readsReplica() {
			return this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class);
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
		public boolean readsReplicaEventually() {
			return readsReplica();
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.PRIMARY)
		public int readPrimary() {
			return port();
		}

		private int port() {
			return this.jdbc.queryForObject("SELECT inet_server_port()", Integer.class);
		}

	}

}
