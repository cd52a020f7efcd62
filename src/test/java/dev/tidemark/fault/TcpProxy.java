package dev.tidemark.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and a server, and breaks their connections in the ways networks
 * do. Listens on a free port of {@code 127.0.0.1}, the same one for life. Thread-safe.
 * <p>
 * What is set holds for the connections that exist and for those to come, until
 * {@link #heal()}.
 */
public final class TcpProxy implements AutoCloseable {

	private static final int CHUNK = 64 * 1024;

	private volatile InetSocketAddress server;

	private final int port;

	private final Set<Link> links = ConcurrentHashMap.newKeySet();

	private final AtomicInteger accepted = new AtomicInteger();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final Flow toServer = new Flow();

	private final Flow toClient = new Flow();

	private volatile Tap tap = Tap.PASS_ALL;

	private @Nullable Listener listener;

	private boolean closed;

	private TcpProxy(InetSocketAddress server) {
		this.server = server;
		this.port = listen();
	}

	/**
	 * Start a proxy.
	 * @param host where the server is
	 * @param port the port it listens on; nobody has to listen there yet
	 * @return a proxy that passes everything
	 */
	public static TcpProxy to(String host, int port) {
		return new TcpProxy(new InetSocketAddress(host, port));
	}

	/**
	 * Return the address that clients connect to.
	 */
	public String host() {
		return "127.0.0.1";
	}

	/**
	 * Return the port that clients connect to.
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Return how many connections there are.
	 */
	public int connections() {
		return this.links.size();
	}

	// Faults

	/**
	 * Have another server answer from now on. Connections to the one of before are cut.
	 * @param host where the other server is
	 * @param port the port it listens on
	 */
	public void redirect(String host, int port) {
		lead(host, port);
		cut();
	}

	/**
	 * Reset all connections, on both sides, at once: when the first one notices, nothing
	 * passes on the others.
	 */
	public void cut() {
		List<Link> cut = List.copyOf(this.links);
		locked(() -> cut.forEach((link) -> link.over = true));
		cut.forEach(Link::reset);
	}

	/**
	 * Lead new connections to another server, as when an address moves. Those that exist
	 * stay, and this is not undone by {@link #heal()}.
	 * @param host where the server is
	 * @param port the port it listens on
	 */
	public void lead(String host, int port) {
		this.server = new InetSocketAddress(host, port);
	}

	/**
	 * Refuse new connections. Those that exist stay.
	 */
	public void refuse() {
		stopListening();
	}

	/**
	 * Let nothing pass in one direction, as a network that drops packets: connections
	 * stay open, new ones are accepted, and what was sent meanwhile arrives when the
	 * proxy is healed.
	 */
	public void silence(Direction direction) {
		locked(() -> flow(direction).silent = true);
	}

	/**
	 * Let nothing pass in either direction.
	 */
	public void silence() {
		locked(() -> {
			this.toServer.silent = true;
			this.toClient.silent = true;
		});
	}

	/**
	 * Let what is sent in one direction arrive later.
	 * @param direction the direction
	 * @param delay how much later at least
	 */
	public void delay(Direction direction, Duration delay) {
		locked(() -> flow(direction).delayNanos = delay.toNanos());
	}

	/**
	 * Limit how much passes in one direction on each connection.
	 * @param direction the direction
	 * @param bytesPerSecond the limit
	 */
	public void throttle(Direction direction, long bytesPerSecond) {
		locked(() -> flow(direction).bytesPerSecond = bytesPerSecond);
	}

	/**
	 * Have somebody look at all that passes, and decide whether it may.
	 * @param tap is called before bytes are passed on
	 */
	public void tap(Tap tap) {
		this.tap = tap;
	}

	/**
	 * End all faults. Connections that were cut stay so.
	 */
	public void heal() {
		this.tap = Tap.PASS_ALL;
		locked(() -> {
			this.toServer.heal();
			this.toClient.heal();
			if (this.listener == null && !this.closed) {
				listen(this.port);
			}
		});
	}

	/**
	 * Cut everything and stop listening.
	 */
	@Override
	public void close() {
		locked(() -> this.closed = true);
		stopListening();
		cut();
	}

	// Connections

	/**
	 * Listen below the ports that outgoing connections get: one of those could have this
	 * port by the time it is listened on again.
	 */
	private int listen() {
		while (true) {
			int port = ThreadLocalRandom.current().nextInt(10_240, 32_768);
			try {
				listen(port);
				return port;
			}
			catch (UncheckedIOException ex) {
				if (!(ex.getCause() instanceof BindException)) {
					throw ex;
				}
			}
		}
	}

	private void listen(int port) {
		try {
			ServerSocket socket = new ServerSocket(port, 0, InetAddress.getLoopbackAddress());
			this.listener = new Listener(socket, start("accept", () -> acceptAll(socket)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void stopListening() {
		this.lock.lock();
		Listener current = this.listener;
		this.listener = null;
		this.lock.unlock();
		if (current != null) {
			current.close();
		}
	}

	private void acceptAll(ServerSocket socket) {
		while (!socket.isClosed()) {
			try {
				connect(socket.accept());
			}
			catch (IOException ex) {
				// The proxy refuses, or the client has gone already.
			}
		}
	}

	/**
	 * A client whose server can't be reached is cut.
	 */
	private void connect(Socket client) throws IOException {
		Socket target = new Socket();
		Link link = new Link(client, target);
		this.links.add(link);
		try {
			client.setTcpNoDelay(true);
			target.setTcpNoDelay(true);
			target.connect(this.server);
		}
		catch (IOException ex) {
			link.reset();
			throw ex;
		}
		start("to-server", () -> link.pump(client, target, Direction.TO_SERVER));
		start("to-client", () -> link.pump(target, client, Direction.TO_CLIENT));
		if (isClosed()) {
			link.reset();
		}
	}

	private static Thread start(String name, Runnable task) {
		Thread thread = new Thread(task, "tcp-proxy-" + name);
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	private boolean isClosed() {
		this.lock.lock();
		try {
			return this.closed;
		}
		finally {
			this.lock.unlock();
		}
	}

	private Flow flow(Direction direction) {
		return (direction == Direction.TO_SERVER) ? this.toServer : this.toClient;
	}

	private void locked(Runnable change) {
		this.lock.lock();
		try {
			change.run();
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	private static void closeQuietly(AutoCloseable socket) {
		try {
			socket.close();
		}
		catch (Exception ex) {
			// It is as good as closed.
		}
	}

	/**
	 * Where bytes go.
	 */
	public enum Direction {

		/**
		 * From the client to the server.
		 */
		TO_SERVER,

		/**
		 * From the server to the client.
		 */
		TO_CLIENT

	}

	/**
	 * Looks at what passes. Called by the threads of the connections, without a lock: it
	 * may use the proxy.
	 */
	@FunctionalInterface
	public interface Tap {

		/**
		 * Lets everything pass.
		 */
		Tap PASS_ALL = (connection, direction, bytes) -> true;

		/**
		 * Look at a piece of what is sent.
		 * @param connection the number of the connection, in the order of arrival
		 * @param direction where it goes
		 * @param bytes what it is; a message may come in several pieces
		 * @return {@code false} to drop it and reset its connection
		 */
		boolean mayPass(int connection, Direction direction, byte[] bytes);

		/**
		 * Look at a piece of what is sent.
		 * @param connection the number of the connection, in the order of arrival
		 * @param direction where it goes
		 * @param bytes what it is
		 * @return how many bytes of it pass; if not all, the connection is reset after
		 * them
		 */
		default int passing(int connection, Direction direction, byte[] bytes) {
			return mayPass(connection, direction, bytes) ? bytes.length : 0;
		}

		/**
		 * Return a tap that resets a connection instead of passing the first piece with
		 * some text in it.
		 * @param direction where the text goes
		 * @param text ASCII text
		 * @return a new tap
		 */
		static Tap cutAt(Direction direction, String text) {
			return (connection, to, bytes) -> to != direction || !contains(bytes, text);
		}

		/**
		 * Return whether a piece contains some text.
		 * @param bytes the piece
		 * @param text ASCII text
		 * @return {@code true} if it does
		 */
		static boolean contains(byte[] bytes, String text) {
			return new String(bytes, StandardCharsets.ISO_8859_1).contains(text);
		}

	}

	/**
	 * The socket that accepts connections, and the thread that waits for them.
	 */
	private record Listener(ServerSocket socket, Thread thread) {

		/**
		 * The system goes on to accept connections while somebody waits for one.
		 */
		void close() {
			closeQuietly(this.socket);
			try {
				this.thread.join();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

	/**
	 * What holds for one direction. Guarded by the lock.
	 */
	private static final class Flow {

		private boolean silent;

		private long delayNanos;

		private long bytesPerSecond;

		void heal() {
			this.silent = false;
			this.delayNanos = 0;
			this.bytesPerSecond = 0;
		}

		/**
		 * Return how long a piece takes.
		 */
		long nanos(int bytes) {
			long transfer = (this.bytesPerSecond > 0) ? TimeUnit.SECONDS.toNanos(bytes) / this.bytesPerSecond : 0;
			return this.delayNanos + transfer;
		}

	}

	/**
	 * A client's connection and the one to the server that belongs to it.
	 */
	private final class Link {

		private final int number = TcpProxy.this.accepted.incrementAndGet();

		private final Socket client;

		private final Socket server;

		private boolean over;

		Link(Socket client, Socket server) {
			this.client = client;
			this.server = server;
		}

		void pump(Socket from, Socket to, Direction direction) {
			byte[] buffer = new byte[CHUNK];
			try {
				int count = from.getInputStream().read(buffer);
				while (count >= 0) {
					byte[] piece = Arrays.copyOf(buffer, count);
					int passing = TcpProxy.this.tap.passing(this.number, direction, piece);
					awaitTurn(flow(direction), passing);
					to.getOutputStream().write(piece, 0, passing);
					if (passing < count) {
						reset();
						return;
					}
					count = from.getInputStream().read(buffer);
				}
				end(to, direction);
			}
			catch (IOException ex) {
				reset();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				reset();
			}
		}

		private void awaitTurn(Flow flow, int bytes) throws InterruptedException, IOException {
			TcpProxy.this.lock.lockInterruptibly();
			try {
				long start = System.nanoTime();
				while (!this.over) {
					long left = flow.nanos(bytes) - (System.nanoTime() - start);
					if (flow.silent) {
						TcpProxy.this.changed.await();
					}
					else if (left > 0) {
						TcpProxy.this.changed.awaitNanos(left);
					}
					else {
						return;
					}
				}
				throw new IOException("The connection was cut");
			}
			finally {
				TcpProxy.this.lock.unlock();
			}
		}

		/**
		 * One side has said everything: tell the other, in its turn.
		 */
		private void end(Socket to, Direction direction) throws IOException, InterruptedException {
			awaitTurn(flow(direction), 0);
			to.shutdownOutput();
			if (this.client.isOutputShutdown() && this.server.isOutputShutdown()) {
				closeQuietly(this.client);
				closeQuietly(this.server);
				TcpProxy.this.links.remove(this);
			}
		}

		void reset() {
			locked(() -> this.over = true);
			TcpProxy.this.links.remove(this);
			reset(this.client);
			reset(this.server);
		}

		private static void reset(Socket socket) {
			try {
				socket.setSoLinger(true, 0);
			}
			catch (IOException ex) {
				// It is closed already.
			}
			closeQuietly(socket);
		}

	}

}
