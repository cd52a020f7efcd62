package dev.tidemark.test;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a {@link ReplicatedPostgres} that runs as processes of this machine.
 */
class ReplicatedPostgresTests extends ReplicatedPostgresContractTests {

	@Override
	ReplicatedPostgres start() {
		return ReplicatedPostgres.builder().setting("log_statement", "all").start();
	}

	@Test
	void serversAreConfiguredAsInProductionButForTheDisk() {
		assertThat(ask(this.primary, "show synchronous_commit")).isEqualTo("on");
		assertThat(ask(this.primary, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.replica1, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.primary, "show listen_addresses")).isEqualTo("127.0.0.1");
		assertThat(ask(this.primary, "show log_statement")).isEqualTo("all");
		assertThat(ask(this.replica1, "show log_statement")).isEqualTo("all");
	}

	@Test
	void lastCommitOfAQuietPrimaryIsNotLateForLong() {
		assertThat(ask(this.replica1, "show wal_receiver_status_interval")).isEqualTo("1s");
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void allProcessesOfAFrozenServerAreSuspended() {
		ProcessHandle postmaster = postmasterOf(this.replica1);
		this.replica1.freeze();
		List<ProcessHandle> children = postmaster.children().filter(ProcessState::isPresent).toList();
		assertThat(ProcessState.isSuspended(postmaster)).isTrue();
		assertThat(children).hasSizeGreaterThan(3).allMatch(ProcessState::isSuspended);
		this.replica1.thaw();
		assertThat(ProcessState.isSuspended(postmaster)).isFalse();
		assertThat(children).filteredOn(ProcessState::isPresent).noneMatch(ProcessState::isSuspended);
	}

	@Test
	void allProcessesOfAKilledServerAreGone() {
		List<ProcessHandle> processes = postmasterOf(this.primary).children().toList();
		this.primary.kill();
		assertThat(processes).isNotEmpty().noneMatch(ProcessState::isPresent);
	}

	private static ProcessHandle postmasterOf(PostgresServer server) {
		String pid = ask(server, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
		return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
	}

}
