package dev.tidemark.routing;

/**
 * Where a transaction runs, and the connection to it.
 *
 * @param decision the decision
 * @param connection the connection
 */
record Routed(Decision decision, ServerConnection connection) {

}
