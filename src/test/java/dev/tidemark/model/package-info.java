/**
 * A model of the protocol whose every interleaving is explored in small scopes, and which
 * finds each trap when its rule is taken out.
 */
@NullMarked
package dev.tidemark.model;

import org.jspecify.annotations.NullMarked;
