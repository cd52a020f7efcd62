package dev.tidemark.session;

/**
 * What names a user when their replica is chosen. Immutable and thread-safe.
 *
 * @param name the name
 * @param shared whether other sessions of the same user go by the same name
 * @param moved whether the same user may have gone by another name before
 */
public record HomeKey(String name, boolean shared, boolean moved) {

}
