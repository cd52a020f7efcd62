package dev.tidemark.autoconfigure;

import java.util.Properties;

import com.zaxxer.hikari.HikariDataSource;

/**
 * A pool with the settings of another one, and with the driver's properties as a copy:
 * {@link HikariDataSource#copyStateTo} has both share them, so that a change to one would
 * change the other. Not final: the application's aspects may be put around it.
 */
class ReplicaPool extends HikariDataSource {

	private final Properties driverProperties = new Properties();

	ReplicaPool(HikariDataSource other) {
		other.copyStateTo(this);
		this.driverProperties.putAll(other.getDataSourceProperties());
	}

	@Override
	public Properties getDataSourceProperties() {
		return this.driverProperties;
	}

	@Override
	public void setDataSourceProperties(Properties properties) {
		this.driverProperties.putAll(properties);
	}

	/**
	 * HikariCP's constructor comes here too, with what {@code hikaricp.configurationFile}
	 * says: the other pool has that already.
	 */
	@Override
	public void addDataSourceProperty(String name, Object value) {
		Properties properties = this.driverProperties;
		if (properties != null) {
			properties.put(name, value);
		}
	}

}
