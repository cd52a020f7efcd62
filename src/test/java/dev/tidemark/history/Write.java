package dev.tidemark.history;

/**
 * A write that was acknowledged. The versions of a row rise in the order of the commits.
 *
 * @param client who wrote
 * @param row the row
 * @param version the version of the row that the write made
 * @param start when the write began
 * @param acknowledged when it was acknowledged
 * @param instance the number of the instance that wrote
 */
public record Write(String client, String row, long version, long start, long acknowledged, int instance) {

	@Override
	public String toString() {
		return this.client + " wrote " + this.row + "=" + this.version + " on instance " + this.instance + " from "
				+ History.millis(this.start) + " to " + History.millis(this.acknowledged);
	}

}
