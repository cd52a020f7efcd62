package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What an application has set on a logical connection, to be set on each server's
 * connection that it runs on. Not thread-safe.
 */
final class ConnectionSettings {

	private Map<String, Setting> recorded = new LinkedHashMap<>();

	private final Set<String> pending = new LinkedHashSet<>();

	/**
	 * The pending ones that were made within a transaction, before its first statement.
	 */
	private final Set<String> ofTransaction = new LinkedHashSet<>(0);

	private @Nullable Map<String, Setting> beforeTransaction;

	private final Map<Savepoint, Map<String, Setting>> atSavepoints = new HashMap<>(0);

	/**
	 * Counts the changes. Each is made on one server's connection, and the others that
	 * are held lack it.
	 */
	private int version;

	/**
	 * Record a setting.
	 * @param setting the setting; replaces one of the same name
	 */
	void record(Setting setting) {
		this.recorded.remove(setting.name());
		this.recorded.put(setting.name(), setting);
		this.pending.add(setting.name());
		this.ofTransaction.remove(setting.name());
	}

	/**
	 * Record a setting that is made within a transaction that has not taken a server yet.
	 * @param setting the setting; replaces one of the same name
	 */
	void recordForTransaction(Setting setting) {
		if (setting.kept()) {
			record(setting);
			return;
		}
		rememberBefore();
		record(setting);
		this.ofTransaction.add(setting.name());
	}

	private void rememberBefore() {
		if (this.beforeTransaction == null) {
			this.beforeTransaction = new LinkedHashMap<>(this.recorded);
		}
	}

	/**
	 * Record a setting that is made inside a transaction, and make it.
	 * @param setting the setting
	 * @param server the connection to the server of the transaction
	 * @throws SQLException if the server refuses; nothing is recorded then
	 */
	void recordInTransaction(Setting setting, ServerConnection server) throws SQLException {
		setting.apply(server);
		rememberBefore();
		this.recorded.put(setting.name(), setting);
		this.version++;
		server.settingsVersion(this.version);
	}

	/**
	 * Take note of the end of a transaction: a rollback also undoes what the server was
	 * told inside. What was set before may never have been set there.
	 * @param committed whether it was committed
	 */
	void transactionEnded(boolean committed) {
		Map<String, Setting> before = this.beforeTransaction;
		this.beforeTransaction = null;
		this.ofTransaction.clear();
		this.atSavepoints.clear();
		if (!committed && before != null) {
			returnTo(before);
		}
	}

	/**
	 * Return whether the end of the transaction may change anything.
	 */
	boolean changedInTransaction() {
		return this.beforeTransaction != null;
	}

	/**
	 * Take note of a savepoint of the transaction.
	 * @param savepoint the savepoint
	 */
	void savepointSet(Savepoint savepoint) {
		this.atSavepoints.put(savepoint, this.recorded.isEmpty() ? Map.of() : new LinkedHashMap<>(this.recorded));
	}

	/**
	 * Take note that nobody will return to a savepoint.
	 * @param savepoint the savepoint
	 */
	void savepointReleased(Savepoint savepoint) {
		this.atSavepoints.remove(savepoint);
	}

	/**
	 * Take note of a rollback to a savepoint: the server has undone what it was told
	 * since.
	 * @param savepoint the savepoint
	 * @param server the connection to the server of the transaction
	 */
	void rolledBackTo(Savepoint savepoint, ServerConnection server) {
		Map<String, Setting> then = this.atSavepoints.get(savepoint);
		if (then != null && this.beforeTransaction != null) {
			returnTo(then);
			server.settingsVersion(this.version);
		}
	}

	private void returnTo(Map<String, Setting> before) {
		Map<String, Setting> restored = new LinkedHashMap<>(before);
		this.recorded.values().stream().filter(Setting::kept).forEach((kept) -> restored.put(kept.name(), kept));
		this.recorded = restored;
		this.version++;
	}

	/**
	 * Return the value of a setting.
	 * @param name the name
	 * @return the value, {@code null} if it was not set
	 */
	@Nullable Object value(String name) {
		Setting set = this.recorded.get(name);
		return (set != null) ? set.value() : null;
	}

	/**
	 * Return a setting.
	 * @param name the name
	 * @return the setting, {@code null} if it was not set
	 */
	@Nullable Setting get(String name) {
		return this.recorded.get(name);
	}

	/**
	 * Set on a connection what was recorded since the last time; everything if it lacks
	 * more than that.
	 * @param server the connection
	 * @throws SQLException if the server refuses
	 */
	void applyTo(ServerConnection server) throws SQLException {
		boolean lacksPendingOnly = server.settingsVersion() == this.version;
		if (!this.pending.isEmpty()) {
			this.version++;
		}
		if (!lacksPendingOnly) {
			this.pending.addAll(this.recorded.keySet());
		}
		applyPending(server);
		server.settingsVersion(this.version);
	}

	/**
	 * What is a statement to the server comes before the transaction, which it would
	 * begin, unless it was made within it.
	 */
	private void applyPending(ServerConnection server) throws SQLException {
		if (this.pending.isEmpty()) {
			return;
		}
		List<Setting> due = this.recorded.values()
			.stream()
			.filter((setting) -> this.pending.contains(setting.name()))
			.toList();
		applyOutsideTransaction(due.stream()
			.filter((setting) -> !setting.kept() && !this.ofTransaction.contains(setting.name()))
			.toList(), server);
		apply(due.stream().filter(Setting::kept).toList(), server);
		apply(due.stream().filter((setting) -> this.ofTransaction.contains(setting.name())).toList(), server);
		this.pending.clear();
	}

	private void applyOutsideTransaction(List<Setting> settings, ServerConnection server) throws SQLException {
		Connection connection = server.connection();
		if (settings.isEmpty() || server.isInTransaction() || connection.getAutoCommit()) {
			apply(settings, server);
			return;
		}
		connection.setAutoCommit(true);
		try {
			apply(settings, server);
		}
		finally {
			connection.setAutoCommit(false);
		}
	}

	private void apply(List<Setting> settings, ServerConnection server) throws SQLException {
		for (Setting setting : settings) {
			setting.apply(server);
			this.pending.remove(setting.name());
		}
	}

	/**
	 * One setting.
	 *
	 * @param name the name
	 * @param value the value
	 * @param action sets it
	 * @param capture returns what restores it, {@code null} if the pool does that
	 * @param kept whether it outlives a rollback, because only the driver knows it
	 */
	record Setting(String name, @Nullable Object value, SqlAction<Connection> action,
			@Nullable SqlCall<Connection, SqlAction<Connection>> capture, boolean kept) {

		/**
		 * Create a setting that the pool resets.
		 * @param name the name
		 * @param value the value
		 * @param action sets it
		 * @return the setting
		 */
		static Setting resetByPool(String name, @Nullable Object value, SqlAction<Connection> action) {
			return new Setting(name, value, action, null, true);
		}

		void apply(ServerConnection server) throws SQLException {
			if (this.capture != null) {
				server.restoreOnRelease(this.name, this.capture);
			}
			this.action.apply(server.connection());
		}

	}

}
