package dev.tidemark.jdbc;

/**
 * How the pool is set.
 */
enum PoolSetting {

	DEFAULT, NO_AUTO_COMMIT;

	boolean autoCommit() {
		return this == DEFAULT;
	}

}
