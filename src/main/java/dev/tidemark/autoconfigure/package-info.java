/**
 * What puts Tidemark into an application: properties, conditions, failure analysis.
 * <p>
 * What the environment decides (whether there is a replica, how many, which store) is
 * decided by bean registrars when the application runs. Conditions would be frozen at
 * build time by ahead-of-time processing.
 */
@NullMarked
package dev.tidemark.autoconfigure;

import org.jspecify.annotations.NullMarked;
