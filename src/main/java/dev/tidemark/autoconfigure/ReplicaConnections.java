package dev.tidemark.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.StringUtils;

/**
 * Replicas that were found in containers, by their label. User and password are those of
 * the primary.
 * <p>
 * These are properties, and no connection details: which replicas there are must be known
 * when beans are registered, and there can be only one bean of connection details of each
 * type.
 */
final class ReplicaConnections {

	/**
	 * Whose value is the name of the replica.
	 */
	static final String LABEL = "dev.tidemark.replica";

	/**
	 * The port on which PostgreSQL listens in the container.
	 */
	static final int PORT = 5432;

	private static final String PARAMETERS_LABEL = "org.springframework.boot.jdbc.parameters";

	private final Map<String, Object> properties = new LinkedHashMap<>();

	boolean isEmpty() {
		return this.properties.isEmpty();
	}

	/**
	 * Add a replica.
	 * @param container what to call the container in errors
	 * @param labels the labels of the container
	 * @param address host and port
	 * @param environment the environment variables of the container
	 */
	void add(String container, Map<String, String> labels, String address, Map<String, ?> environment) {
		String name = labels.get(LABEL);
		if (!StringUtils.hasText(name)) {
			throw new InvalidTidemarkConfigurationException(
					"The label " + LABEL + " of " + container + " has no value: the replica has no name.",
					"Set the label to a name for the replica, for example replica1.");
		}
		String url = "jdbc:postgresql://" + address + "/" + database(environment) + parameters(labels);
		if (this.properties.put("tidemark.replicas." + name + ".url", url) != null) {
			throw new InvalidTidemarkConfigurationException(
					"Two containers have the label " + LABEL + "=" + name + ", one of them is " + container + ".",
					"Give each replica a name of its own.");
		}
	}

	/**
	 * Without one the driver takes the user's name, as the image does.
	 */
	private static String database(Map<String, ?> environment) {
		Object database = environment.get("POSTGRES_DB");
		return (database != null) ? database.toString() : "";
	}

	private static String parameters(Map<String, String> labels) {
		@Nullable String parameters = labels.get(PARAMETERS_LABEL);
		return StringUtils.hasText(parameters) ? "?" + parameters : "";
	}

	/**
	 * Make the replicas known, in front of what is configured otherwise.
	 * @param environment the environment of the application
	 */
	void addTo(ConfigurableEnvironment environment) {
		environment.getPropertySources().addFirst(new MapPropertySource("tidemarkReplicaConnections", this.properties));
	}

}
