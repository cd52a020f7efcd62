package dev.tidemark.docker;

import java.util.Locale;

import org.testcontainers.utility.DockerImageName;

/**
 * The images of {@code docker-compose.yml}, in the version that the same environment
 * variables name.
 */
public enum Image {

	/** The primary and the replicas. */
	POSTGRES("postgres", "18", "-alpine"),

	/** The marker store. */
	REDIS("redis", "8", "-alpine"),

	/** What scrapes the metrics. */
	PROMETHEUS("prom/prometheus", "v3.5.0", "");

	private final String repository;

	private final String version;

	private final String suffix;

	Image(String repository, String version, String suffix) {
		this.repository = repository;
		this.version = version;
		this.suffix = suffix;
	}

	/**
	 * Return the image with its tag.
	 */
	public DockerImageName imageName() {
		String version = System.getenv().getOrDefault(name().toUpperCase(Locale.ROOT) + "_VERSION", this.version);
		return DockerImageName.parse(this.repository + ":" + version + this.suffix);
	}

}
