/**
 * The demo: posts, follows, likes and accounts of a small social network, and a lab that
 * makes its replicas and its Redis misbehave.
 */
@NullMarked
package example;

import org.jspecify.annotations.NullMarked;
