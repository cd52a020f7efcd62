package dev.tidemark.wal;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the primary. Immutable and thread-safe.
 *
 * @param reachable whether it answered, as a primary, when it was last asked
 * @param systemIdentifier the identifier of the cluster; {@code null} until it is known
 * @param position its insert position when it was last asked with success; {@code null}
 * until then
 */
public record PrimaryStatus(boolean reachable, @Nullable String systemIdentifier, @Nullable WalPosition position) {

	static final PrimaryStatus UNKNOWN = new PrimaryStatus(false, null, null);

	PrimaryStatus unreachable() {
		return new PrimaryStatus(false, this.systemIdentifier, this.position);
	}

}
