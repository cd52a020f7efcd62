package dev.tidemark.history;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * What came out of a step.
 *
 * @param version the version that it wrote, {@code null} if it did not write
 * @param seen what it saw, {@code null} if it did not read
 */
public record Result(@Nullable Long version, Read.@Nullable Seen seen) implements Serializable {

}
