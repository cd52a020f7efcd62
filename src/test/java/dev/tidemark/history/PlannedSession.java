package dev.tidemark.history;

import java.util.List;

/**
 * What a client does in one session, one step after the other.
 *
 * @param client the name of the client
 * @param visitor whether the client is a visitor without a user key
 * @param steps the steps
 */
public record PlannedSession(String client, boolean visitor, List<Step> steps) {

}
