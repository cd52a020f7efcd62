package dev.tidemark.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link EmbeddedRedis}, told by the server.
 */
class EmbeddedRedisTests {

	private static final EmbeddedRedis redis = EmbeddedRedis.start("--maxmemory", "8mb");

	@AfterAll
	static void close() {
		redis.close();
		redis.close();
		assertThat(redis.isRunning()).isFalse();
	}

	@BeforeEach
	void setKey() throws IOException {
		assertThat(send("SET key value")).isEqualTo("+OK");
	}

	@Test
	void answersAndTakesArguments() throws IOException {
		assertThat(redis.isRunning()).isTrue();
		assertThat(send("STRLEN key")).isEqualTo(":5");
		assertThat(send("MEMORY USAGE key")).startsWith(":");
		assertThat(send("CONFIG SET maxmemory 8388608")).isEqualTo("+OK");
	}

	@Test
	void flushDeletesAllKeys() throws IOException {
		redis.flush();
		assertThat(send("EXISTS key")).isEqualTo(":0");
	}

	@Test
	void comesBackEmptyOnTheSamePort() throws IOException {
		int port = redis.port();
		redis.stop();
		assertThat(redis.isRunning()).isFalse();
		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> send("PING"));
		assertThatIllegalStateException().isThrownBy(redis::flush)
			.withMessage("Redis does not run: restart() it first");
		redis.restart();
		assertThat(redis.isRunning()).isTrue();
		assertThat(redis.port()).isEqualTo(port);
		assertThat(send("EXISTS key")).isEqualTo(":0");
	}

	@Test
	void comesBackAfterKill() throws IOException {
		redis.kill();
		assertThat(redis.isRunning()).isFalse();
		redis.restart();
		assertThat(send("EXISTS key")).isEqualTo(":0");
	}

	@Test
	void frozenServerAcceptsConnectionsAndDoesNotAnswer() throws IOException {
		redis.freeze();
		assertThat(redis.isRunning()).isTrue();
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> send("PING", 300));
		redis.thaw();
		assertThat(send("STRLEN key")).isEqualTo(":5");
	}

	@Test
	void frozenServerCanBeKilled() throws IOException {
		redis.freeze();
		redis.kill();
		assertThat(redis.isRunning()).isFalse();
		redis.restart();
		assertThat(send("PING")).isEqualTo("+PONG");
	}

	@Test
	void takenPortIsReplacedByAnother() throws IOException {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			int busPort = taken.getLocalPort();
			assertThat(portAfter(busPort)).isNotEqualTo(busPort);
			assertThat(portAfter(busPort - 10_000, "--cluster-enabled", "yes")).isNotEqualTo(busPort - 10_000);
		}
	}

	private static int portAfter(int first, String... arguments) {
		PrimitiveIterator.OfInt ports = IntStream.of(first, FreePort.chooseForRedis()).iterator();
		try (EmbeddedRedis other = EmbeddedRedis.start(ports::nextInt, List.of(arguments))) {
			assertThat(other.isRunning()).isTrue();
			return other.port();
		}
	}

	@Test
	void portThatIsTakenWhileItIsStoppedIsTold() throws IOException {
		redis.stop();
		try (ServerSocket taken = new ServerSocket(redis.port(), 1, InetAddress.getByName("127.0.0.1"))) {
			assertThatIllegalStateException().isThrownBy(redis::restart)
				.withMessageStartingWith(
						"Redis cannot start, as another process has taken its port " + taken.getLocalPort());
		}
		redis.restart();
		assertThat(send("PING")).isEqualTo("+PONG");
	}

	private static String send(String command) throws IOException {
		return send(command, 30_000);
	}

	private static String send(String command, int timeout) throws IOException {
		try (Socket socket = new Socket(redis.host(), redis.port())) {
			socket.setSoTimeout(timeout);
			socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
			return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
				.readLine();
		}
	}

}
