package dev.tidemark.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Stands in front of a Redis and answers its scripts in its place, with anything.
 */
public final class LyingRedis implements AutoCloseable {

	private static final Pattern SCRIPT = Pattern.compile("\r\nEVAL\r\n");

	private final int redisPort;

	private final ServerSocket listener;

	private volatile byte @Nullable [] lie;

	/**
	 * Start to pass everything.
	 * @param redisPort where Redis listens on this machine
	 */
	public LyingRedis(int redisPort) {
		try {
			this.redisPort = redisPort;
			this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
			run(this::accept);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public int port() {
		return this.listener.getLocalPort();
	}

	/**
	 * Answer each script so.
	 * @param answer what is sent, {@code null} for what Redis answers
	 */
	public void answer(@Nullable String answer) {
		this.lie = (answer != null) ? answer.getBytes(StandardCharsets.ISO_8859_1) : null;
	}

	private void accept() throws IOException {
		while (true) {
			Socket client = this.listener.accept();
			run(() -> connect(client));
		}
	}

	private void connect(Socket client) throws IOException {
		try {
			Socket redis = new Socket(InetAddress.getLoopbackAddress(), this.redisPort);
			run(() -> pass(redis, client, false));
			pass(client, redis, true);
		}
		finally {
			client.close();
		}
	}

	private void pass(Socket from, Socket to, boolean fromClient) throws IOException {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] piece = new byte[64 * 1024];
			for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
				byte[] answer = this.lie;
				String text = new String(piece, 0, length, StandardCharsets.ISO_8859_1);
				long scripts = SCRIPT.matcher(text).results().count();
				if (fromClient && answer != null && scripts > 0) {
					for (long i = 0; i < scripts; i++) {
						from.getOutputStream().write(answer);
					}
				}
				else {
					out.write(piece, 0, length);
				}
			}
		}
	}

	private static void run(Task task) {
		Thread thread = new Thread(() -> {
			try {
				task.run();
			}
			catch (IOException ex) {
				// The connection has ended.
			}
		}, "lying-redis");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() {
		try {
			this.listener.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private interface Task {

		void run() throws IOException;

	}

}
