package dev.tidemark.test;

/**
 * A server that was started has ended, or does not answer.
 */
class ServerStartException extends IllegalStateException {

	private final boolean portTaken;

	/**
	 * Create an exception whose message ends with what the server has logged.
	 * @param what what has happened
	 * @param log the log of the server
	 * @param from where this start's part of the log begins
	 * @param portTaken whether the server has ended because its port was taken
	 */
	ServerStartException(String what, ServerLog log, long from, boolean portTaken) {
		super(what + ". The log " + log.file() + " ends with:" + System.lineSeparator() + log.tailSince(from));
		this.portTaken = portTaken;
	}

	boolean isPortTaken() {
		return this.portTaken;
	}

}
