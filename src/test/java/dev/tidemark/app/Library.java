package dev.tidemark.app;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A library that is on the class path of all tests and configures itself, which only the
 * tests about it want.
 */
enum Library {

	DATA_JDBC("org.springframework.boot.data.jdbc.autoconfigure.DataJdbcRepositoriesAutoConfiguration"),

	DATASOURCE_MICROMETER("net.ttddyy.observation.boot.autoconfigure.DataSourceObservationAutoConfiguration"),

	FLYWAY("org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration"),

	JOOQ("org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration"),

	KAFKA("org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration"),

	LIQUIBASE("org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration"),

	MYBATIS("org.mybatis.spring.boot.autoconfigure.MybatisAutoConfiguration"),

	RABBIT("org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration");

	private final String autoConfiguration;

	Library(String autoConfiguration) {
		this.autoConfiguration = autoConfiguration;
	}

	/**
	 * Return the property that switches all libraries off but some.
	 * @param wanted the ones that stay on
	 */
	static String only(Library... wanted) {
		return Arrays.stream(values())
			.filter((library) -> !Arrays.asList(wanted).contains(library))
			.map((library) -> library.autoConfiguration)
			.collect(Collectors.joining(",", "spring.autoconfigure.exclude=", ""));
	}

}
