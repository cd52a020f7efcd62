package dev.tidemark.app;

import java.io.File;
import java.io.IOException;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

import dev.tidemark.ConsistencySession;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The jar that applications depend on.
 */
class StarterJarIT {

	@Test
	void isALibraryAndNothingElse() throws IOException {
		try (JarFile jar = new JarFile(jar())) {
			assertThat(jar.stream().map(JarEntry::getName).filter((name) -> !name.endsWith("/")))
				.allMatch((name) -> name.startsWith("dev/tidemark/") || name.startsWith("META-INF/"))
				.contains("dev/tidemark/ConsistencySession.class", "META-INF/spring-configuration-metadata.json",
						"META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports");
		}
	}

	@Test
	void hasApplicationsReadReplicas() {
		assertThat(jar()).isFile();
		try (Servers servers = new Servers();
				ConfigurableApplicationContext application = servers.start(Application.class,
						WebApplicationType.NONE)) {
			TransactionTemplate readOnly = new TransactionTemplate(
					application.getBean(PlatformTransactionManager.class));
			readOnly.setReadOnly(true);
			JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
			Awaitility.await()
				.until(() -> readOnly
					.execute((status) -> jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class)));
		}
	}

	private static File jar() {
		return new File(ConsistencySession.class.getProtectionDomain().getCodeSource().getLocation().getPath());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
