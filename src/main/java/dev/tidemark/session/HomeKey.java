package dev.tidemark.session;

/**
 * What names a user when their replica is chosen. Immutable and thread-safe.
 *
 * @param name the name
 * @param shared whether other sessions of the same user go by the same name
 */
public record HomeKey(String name, boolean shared) {

}
