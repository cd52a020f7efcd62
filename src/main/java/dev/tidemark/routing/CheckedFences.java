package dev.tidemark.routing;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.tidemark.marker.MarkerReading;
import dev.tidemark.session.FenceSource;
import dev.tidemark.session.SessionTokens;
import dev.tidemark.session.SessionTokens.Rejection;
import dev.tidemark.session.TokenReading;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * Reads markers and tokens. What asks for a position that the primary has not reached is
 * ignored in a token, and stands for the primary's position in a marker: nothing that
 * comes from outside can pin reads to the primary. Thread-safe.
 */
final class CheckedFences implements FenceSource {

	/**
	 * More than there are within max-staleness, beyond which what is known of the primary
	 * serves nobody.
	 */
	private static final int TIMELINES = 1000;

	private static final long BYTES = 1L << 40;

	private final ClusterMarkers markers;

	private final SessionTokens tokens;

	private final ReplicationMonitor monitor;

	private final Duration patience;

	private final RoutingListener listener;

	CheckedFences(ClusterMarkers markers, SessionTokens tokens, ReplicationMonitor monitor, Duration patience,
			RoutingListener listener) {
		this.markers = markers;
		this.tokens = tokens;
		this.monitor = monitor;
		this.patience = patience;
		this.listener = listener;
	}

	@Override
	public CompletableFuture<MarkerReading> markers(Set<String> names) {
		return this.markers.read(names).thenCompose((readings) -> {
			CompletableFuture<MarkerReading> all = CompletableFuture.completedFuture(MarkerReading.NONE);
			for (MarkerReading reading : readings) {
				all = all.thenCombine(checked(reading), MarkerReading::with);
			}
			return all;
		});
	}

	private CompletableFuture<MarkerReading> checked(MarkerReading reading) {
		return isReached(reading.written()).thenApply((reached) -> reached ? reading : upToNow(reading));
	}

	/**
	 * A primary that lost the end of its log leaves markers ahead of it. Such a marker
	 * may hide an earlier or a later write of the same user, which the primary has.
	 */
	private MarkerReading upToNow(MarkerReading reading) {
		return new MarkerReading(reading.known(), this.monitor.status().primary().position(), reading.floor());
	}

	@Override
	public TokenReading token(String token, @Nullable String userKey) {
		String systemIdentifier = this.monitor.status().primary().systemIdentifier();
		if (systemIdentifier == null) {
			return TokenReading.ignored(MarkerReading.UNKNOWN);
		}
		SessionTokens.Reading reading = this.tokens.read(token, userKey, systemIdentifier);
		if (reading.rejection() != null) {
			this.listener.onTokenRejected(reading.rejection());
			return TokenReading.ignored(MarkerReading.NONE);
		}
		return new TokenReading(true, reading.bound(), reading.seat(), fence(reading.position()));
	}

	private CompletableFuture<MarkerReading> fence(@Nullable WalPosition position) {
		CompletableFuture<Boolean> answer = isOutOfReach(position) ? CompletableFuture.completedFuture(false)
				: isReached(position);
		return answer.thenApply((reached) -> {
			if (!reached) {
				this.listener.onTokenRejected(Rejection.POSITION);
			}
			return reached ? MarkerReading.NONE.withWrite(position) : MarkerReading.NONE;
		});
	}

	/**
	 * Return whether the primary can't have got as far as a token says since it was last
	 * asked. Nobody has it asked by showing such tokens.
	 */
	private boolean isOutOfReach(@Nullable WalPosition position) {
		WalPosition known = this.monitor.status().primary().position();
		return position != null && known != null && isOutOfReach(position, known);
	}

	static boolean isOutOfReach(WalPosition position, WalPosition known) {
		return position.timeline() - known.timeline() > TIMELINES
				|| Long.compareUnsigned(position.bytesAhead(known), BYTES) > 0;
	}

	/**
	 * Return whether the primary has reached a position. What is known of it may be an
	 * interval old, so it is asked when in doubt, with one question for all who ask. When
	 * it does not answer the position counts.
	 */
	private CompletableFuture<Boolean> isReached(@Nullable WalPosition position) {
		WalPosition known = this.monitor.status().primary().position();
		if (position == null || (known != null && !isAhead(position, known))) {
			return CompletableFuture.completedFuture(true);
		}
		return this.monitor.primaryPosition()
			.thenApply((now) -> !isAhead(position, now))
			.completeOnTimeout(true, this.patience.toNanos(), TimeUnit.NANOSECONDS)
			.exceptionally((ex) -> true);
	}

	/**
	 * A position of an older timeline means nothing any more, and stands for the first
	 * one of the current timeline.
	 */
	static boolean isAhead(WalPosition position, WalPosition primary) {
		return position.timeline() > primary.timeline()
				|| (position.timeline() == primary.timeline() && !position.isReachedBy(primary));
	}

}
