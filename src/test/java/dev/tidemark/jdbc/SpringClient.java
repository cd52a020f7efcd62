package dev.tidemark.jdbc;

import java.util.concurrent.Callable;

import javax.sql.DataSource;

/**
 * A program on Spring's templates, that writes down what it sees.
 */
final class SpringClient {

	private final DataSource dataSource;

	private final Transcript transcript;

	SpringClient(DataSource dataSource, Transcript transcript) {
		this.dataSource = dataSource;
		this.transcript = transcript;
	}

	DataSource dataSource() {
		return this.dataSource;
	}

	SpringClient step(String name, Callable<?> action) {
		this.transcript.add(name, action);
		return this;
	}

}
