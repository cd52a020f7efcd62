package dev.tidemark.jdbc;

import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;

import javax.sql.DataSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A program on Spring's templates, that writes down what it sees.
 */
final class SpringClient {

	private final DataSource dataSource;

	private final Transcript transcript;

	private final JdbcTemplate jdbc;

	private PlatformTransactionManager transactions;

	SpringClient(DataSource dataSource, Transcript transcript) {
		this.dataSource = dataSource;
		this.transcript = transcript;
		this.jdbc = new JdbcTemplate(dataSource);
		this.transactions = new JdbcTransactionManager(dataSource);
	}

	DataSource dataSource() {
		return this.dataSource;
	}

	JdbcTemplate jdbc() {
		return this.jdbc;
	}

	PlatformTransactionManager transactions() {
		return this.transactions;
	}

	SpringClient use(PlatformTransactionManager transactions) {
		this.transactions = transactions;
		return this;
	}

	SpringClient step(String name, Callable<?> action) {
		this.transcript.add(name, action);
		return this;
	}

	SpringClient update(String sql, Object... parameters) {
		return step(sql, () -> this.jdbc.update(sql, parameters));
	}

	SpringClient query(String sql, Object... parameters) {
		return step(sql, () -> this.jdbc.queryForList(sql, parameters));
	}

	/**
	 * Do something in a read-write transaction.
	 */
	SpringClient readWrite(Consumer<TransactionStatus> work) {
		return in("read-write", (definition) -> {
		}, work);
	}

	/**
	 * Do something in a read-only transaction.
	 */
	SpringClient readOnly(Consumer<TransactionStatus> work) {
		return in("read-only", (definition) -> definition.setReadOnly(true), work);
	}

	SpringClient requiresNew(Consumer<TransactionStatus> work) {
		return in("requires new",
				(definition) -> definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW),
				work);
	}

	SpringClient nested(Consumer<TransactionStatus> work) {
		return in("nested", (definition) -> definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED),
				work);
	}

	SpringClient in(String name, Consumer<DefaultTransactionDefinition> definition, Consumer<TransactionStatus> work) {
		TransactionTemplate template = new TransactionTemplate(this.transactions);
		definition.accept(template);
		return step(name, () -> template.execute(returning(work)));
	}

	private static org.springframework.transaction.support.TransactionCallback<String> returning(
			Consumer<TransactionStatus> work) {
		Function<TransactionStatus, String> done = (status) -> {
			work.accept(status);
			return "done";
		};
		return done::apply;
	}

}
