package dev.tidemark.model;

import java.util.Arrays;

/**
 * A growing list of numbers.
 */
final class Words {

	/**
	 * Marks moments at which servers were asked.
	 */
	static final long SAMPLING = 1L << 50;

	private long[] content = new long[128];

	private int size;

	void add(long word) {
		if (this.size == this.content.length) {
			this.content = Arrays.copyOf(this.content, 2 * this.size);
		}
		this.content[this.size++] = word;
	}

	void addAll(long[] words) {
		for (long word : words) {
			add(word);
		}
	}

	int size() {
		return this.size;
	}

	long get(int index) {
		return this.content[index];
	}

	void set(int index, long word) {
		this.content[index] = word;
	}

	void markAsSampling(int index) {
		this.content[index] |= SAMPLING;
	}

	void clear() {
		this.size = 0;
	}

	long[] toArray() {
		return Arrays.copyOf(this.content, this.size);
	}

}
