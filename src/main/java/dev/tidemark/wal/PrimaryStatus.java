package dev.tidemark.wal;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the primary. Immutable and thread-safe.
 *
 * @param reachable whether it answered, as a primary, when it was last asked
 * @param systemIdentifier the identifier of the cluster; {@code null} until it is known
 * @param position its insert position when it was last asked with success; {@code null}
 * until then
 * @param timelineFloor the first position that was seen on the current timeline: what has
 * survived of an older timeline lies below it; {@code null} until one is known
 */
public record PrimaryStatus(boolean reachable, @Nullable String systemIdentifier, @Nullable WalPosition position,
		@Nullable WalPosition timelineFloor) {

	static final PrimaryStatus UNKNOWN = new PrimaryStatus(false, null, null, null);

	PrimaryStatus answered(String systemIdentifier, WalPosition position) {
		boolean sameTimeline = this.timelineFloor != null && this.timelineFloor.timeline() == position.timeline();
		return new PrimaryStatus(true, systemIdentifier, position, sameTimeline ? this.timelineFloor : position);
	}

	PrimaryStatus unreachable() {
		return new PrimaryStatus(false, this.systemIdentifier, this.position, this.timelineFloor);
	}

}
