package dev.tidemark.model;

/**
 * Stands for a state: 128 bits, so that two of some millions of states being mistaken for
 * one another is not to be expected.
 *
 * @param high the first half
 * @param low the second half
 */
record Fingerprint(long high, long low) {

	static Fingerprint of(Words words) {
		long high = 0x9e3779b97f4a7c15L;
		long low = 0xc2b2ae3d27d4eb4fL;
		for (int i = 0; i < words.size(); i++) {
			high = mix(high ^ words.get(i)) * 0xff51afd7ed558ccdL;
			low = mix(low + words.get(i) * 0x9fb21c651e98df25L);
		}
		return new Fingerprint(mix(high), mix(low));
	}

	private static long mix(long value) {
		long mixed = (value ^ (value >>> 32)) * 0xd6e8feb86659fd93L;
		return mixed ^ (mixed >>> 32);
	}

	@Override
	public int hashCode() {
		return (int) this.low;
	}

}
