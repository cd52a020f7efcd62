package dev.tidemark.routing;

import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What is to run on one server.
 *
 * @param transaction what the first statement runs in
 * @param isolation the isolation level, {@code null} for the server's default
 * @param statement what the first statement may do
 * @param staysOnPrimary whether something that came before on the same connection keeps
 * it on the primary
 * @param failed the names of the replicas on which it has failed, or that had better not
 * serve it
 */
record UnitOfWork(TransactionKind transaction, @Nullable Integer isolation, StatementKind statement,
		boolean staysOnPrimary, Set<String> failed) {

	UnitOfWork without(Set<String> replicas) {
		Set<String> all = new HashSet<>(this.failed);
		all.addAll(replicas);
		return new UnitOfWork(this.transaction, this.isolation, this.statement, this.staysOnPrimary, Set.copyOf(all));
	}

}
