package dev.tidemark.wal;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * A position in the write-ahead log of one timeline. Immutable and thread-safe.
 * <p>
 * The log sequence number is held in the form in which replay reports it. On an idle
 * primary {@code pg_current_wal_insert_lsn()} may point just behind a page header, where
 * no record ends; a replica that has replayed everything reports the start of that page
 * instead, and would be waited for until the next write. The constructor therefore takes
 * such a position back to the start of its page
 * ({@code src/backend/access/transam/xlog.c}, {@code XLogBytePosToRecPtr} against
 * {@code XLogBytePosToEndRecPtr}). No record is skipped by that: between a page's start
 * and the end of its header there is none.
 *
 * @param timeline the timeline, greater than zero
 * @param lsn the log sequence number in bytes, an unsigned number
 */
public record WalPosition(int timeline, long lsn) {

	/**
	 * Stands for a timeline where a position is a time of the primary's clock.
	 */
	static final int CLOCK = Integer.MAX_VALUE;

	private static final int PAGE_SIZE = 8192;

	private static final int PAGE_HEADER = 24;

	private static final int SEGMENT_HEADER = 40;

	/**
	 * Create a position.
	 * @throws IllegalArgumentException if the timeline is not greater than zero
	 */
	public WalPosition {
		if (timeline <= 0) {
			throw new IllegalArgumentException("timeline must be greater than zero, but is " + timeline);
		}
		lsn = endOfReplay(lsn);
	}

	private static long endOfReplay(long lsn) {
		long offset = lsn & (PAGE_SIZE - 1);
		return (offset == PAGE_HEADER || offset == SEGMENT_HEADER) ? lsn - offset : lsn;
	}

	/**
	 * Return whether a server that has replayed up to the given position has replayed
	 * this one. Positions of different timelines are never comparable, so the answer is
	 * then {@code false}.
	 * @param replayed what the server is known to have replayed
	 * @return {@code true} if this position is known to be replayed
	 */
	public boolean isReachedBy(WalPosition replayed) {
		return this.timeline == replayed.timeline && Long.compareUnsigned(this.lsn, replayed.lsn) <= 0;
	}

	/**
	 * Return how long before another position this one was, where positions are times of
	 * the primary's clock.
	 * @param later the other position
	 * @return the time between them, zero if the other one is earlier
	 */
	public Duration until(WalPosition later) {
		return Duration.of(later.bytesAhead(this), ChronoUnit.MICROS);
	}

	/**
	 * Return the bytes of log between the given position and this one.
	 * @param other a position of the same timeline
	 * @return the distance in bytes, {@code 0} if the other position is not behind
	 */
	public long bytesAhead(WalPosition other) {
		return other.isReachedBy(this) ? this.lsn - other.lsn : 0;
	}

	/**
	 * Return the later of two positions. A higher timeline is later than a lower one:
	 * what follows a promotion replaces what went before it.
	 * @param other the position to compare to
	 * @return this position or the other
	 */
	public WalPosition max(WalPosition other) {
		if (this.timeline != other.timeline) {
			return (this.timeline > other.timeline) ? this : other;
		}
		return (Long.compareUnsigned(this.lsn, other.lsn) >= 0) ? this : other;
	}

	/**
	 * Return the form in which stores keep a position: 24 hexadecimal digits, ordered
	 * like the positions themselves.
	 * @return the encoded position
	 * @see #decode(String)
	 */
	public String encode() {
		return String.format(Locale.ROOT, "%08x%016x", this.timeline, this.lsn);
	}

	/**
	 * Return the position that {@link #encode()} wrote.
	 * @param encoded the encoded position
	 * @return the position
	 * @throws IllegalArgumentException if the text is not an encoded position
	 */
	public static WalPosition decode(String encoded) {
		if (encoded.length() != 24) {
			throw new IllegalArgumentException("not a WAL position: expected 24 hexadecimal digits");
		}
		try {
			return new WalPosition(Integer.parseInt(encoded, 0, 8, 16), Long.parseUnsignedLong(encoded, 8, 24, 16));
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("not a WAL position: expected 24 hexadecimal digits", ex);
		}
	}

	/**
	 * Return the log sequence number that PostgreSQL writes as two hexadecimal numbers.
	 * @param lsn for example {@code 16/B374D848}
	 * @return the number
	 * @throws IllegalArgumentException if the text is not a {@code pg_lsn}
	 */
	public static long parseLsn(String lsn) {
		int slash = lsn.indexOf('/');
		try {
			return (Long.parseLong(lsn, 0, slash, 16) << 32) | Long.parseLong(lsn, slash + 1, lsn.length(), 16);
		}
		catch (NumberFormatException | IndexOutOfBoundsException ex) {
			throw new IllegalArgumentException("'" + lsn + "' is not a pg_lsn such as 16/B374D848", ex);
		}
	}

	/**
	 * Return the log sequence number as PostgreSQL writes it.
	 * @return for example {@code 16/B374D848}
	 */
	public String lsnText() {
		return String.format(Locale.ROOT, "%X/%X", this.lsn >>> 32, this.lsn & 0xFFFFFFFFL);
	}

	/**
	 * Return timeline and log sequence number, for people.
	 */
	@Override
	public String toString() {
		return this.timeline + ":" + lsnText();
	}

}
