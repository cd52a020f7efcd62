package dev.tidemark.wal;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.SQLException;

/**
 * Why there is no primary to be had.
 */
public enum PrimaryProblem {

	/** It answers the monitor with an error; others it may serve. */
	ERROR("answers the monitor with an error"),

	/** Questions of the monitor get no answer in time, but others do. */
	SLOW("answers the monitor too late"),

	/** Nobody listens there, or the server is starting or shutting down. */
	REFUSED("does not answer: connections are refused or lost"),

	/** Questions get no answer in time. */
	SILENT("does not answer in time"),

	/** The server there is a replica. */
	IN_RECOVERY("is in recovery: it is a replica"),

	/** The server there belongs to another cluster. */
	FOREIGN_CLUSTER("belongs to another cluster: its system identifier is not the one that was known before"),

	/** The server there has missed a promotion: another one has replaced it. */
	OLD_TIMELINE("is on an older timeline: it was the primary until another server was promoted");

	private final String text;

	PrimaryProblem(String text) {
		this.text = text;
	}

	/**
	 * Return what is wrong, in words.
	 * @return a predicate for "the server at the primary's address"
	 */
	public String text() {
		return this.text;
	}

	/**
	 * Return whether the server may be of use to others than the monitor.
	 * @return {@code false} if nobody gets an answer
	 */
	public boolean mayServe() {
		return this == ERROR || this == SLOW;
	}

	/**
	 * Return what an exception says of the server that was asked.
	 * @param ex what the driver threw
	 * @return one of {@link #ERROR}, {@link #REFUSED} and {@link #SILENT}
	 */
	static PrimaryProblem of(Exception ex) {
		if (!(ex instanceof SQLException sql && SqlStates.isLost(sql))) {
			return ERROR;
		}
		if (SqlStates.isGoingAway(sql)) {
			return REFUSED;
		}
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			if (cause instanceof IOException) {
				return (cause instanceof InterruptedIOException) ? SILENT : REFUSED;
			}
		}
		return SILENT;
	}

}
