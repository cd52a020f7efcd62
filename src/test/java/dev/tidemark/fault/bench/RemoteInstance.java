package dev.tidemark.fault.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import dev.tidemark.history.Member;
import dev.tidemark.history.Result;
import dev.tidemark.history.Step;
import org.jspecify.annotations.Nullable;

/**
 * An instance of an application in a process of its own, which can be killed and stopped.
 * Thread-safe.
 */
final class RemoteInstance implements Member {

	private final List<String> arguments;

	private final Queue<Line> idle = new ConcurrentLinkedQueue<>();

	private volatile Process process;

	private volatile int port;

	private RemoteInstance(List<String> arguments) throws IOException {
		this.arguments = List.copyOf(arguments);
		start();
	}

	/**
	 * Start an instance.
	 * @param properties all its properties
	 */
	static RemoteInstance start(List<String> properties) throws IOException {
		return new RemoteInstance(properties);
	}

	/**
	 * Start the process, which has ended, once more. With the first compiler alone it is
	 * there sooner.
	 */
	void start() throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
						"-XX:TieredStopAtLevel=1", "-cp",
						System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
						RemoteInstanceMain.class.getName()));
		command.addAll(this.arguments);
		command.add("spring.docker.compose.enabled=false");
		this.process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8);
		for (String line = output.readLine(); line != null; line = output.readLine()) {
			if (line.startsWith(RemoteInstanceMain.READY)) {
				this.port = Integer.parseInt(line.substring(RemoteInstanceMain.READY.length()));
				drain(output);
				return;
			}
			System.out.println(line);
		}
		throw new IllegalStateException("The instance has ended before it was ready");
	}

	private static void drain(BufferedReader output) {
		Thread thread = new Thread(() -> output.lines().forEach(System.out::println), "remote-instance-output");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * End the process as a power failure would.
	 */
	void kill() {
		this.process.destroyForcibly().onExit().join();
		this.idle.clear();
	}

	/**
	 * Stop the process where it is, until {@link #signal CONT}.
	 * @param name of the signal
	 */
	void signal(String name) throws Exception {
		new ProcessBuilder("kill", "-" + name, Long.toString(this.process.pid())).start().waitFor(10, TimeUnit.SECONDS);
	}

	@Override
	public Result performAs(String user, Step step) throws Exception {
		return ask(new Question(user, null, step)).result();
	}

	@Override
	public Continued performWith(String token, Step step) throws Exception {
		return ask(new Question(null, token, step));
	}

	/**
	 * Have a mechanism of the instance switched off.
	 */
	void off(Switch mechanism) throws Exception {
		answer(new Question(null, mechanism.toString(), null));
	}

	private Continued ask(Question question) throws Exception {
		return Objects.requireNonNull(answer(question).continued());
	}

	private Answer answer(Question question) throws Exception {
		Line line = this.idle.poll();
		if (line == null) {
			line = Line.open(this.port);
		}
		Answer answer;
		try {
			answer = line.ask(question);
		}
		catch (IOException ex) {
			line.close();
			throw ex;
		}
		this.idle.add(line);
		if (answer.failure() != null) {
			throw answer.failure();
		}
		return answer;
	}

	@Override
	public void close() {
		kill();
	}

	/**
	 * What the instance is asked to do.
	 *
	 * @param user the user, {@code null} for a visitor
	 * @param token the visitor's token, or the mechanism to be switched off
	 * @param step the step, {@code null} if a mechanism is to be switched off
	 */
	record Question(@Nullable String user, @Nullable String token, @Nullable Step step) implements Serializable {

	}

	/**
	 * What the instance says.
	 *
	 * @param continued the result
	 * @param failure what it failed with instead
	 */
	record Answer(Member.@Nullable Continued continued, @Nullable Exception failure) implements Serializable {

	}

	/**
	 * A connection to the instance.
	 */
	private record Line(Socket socket, ObjectOutputStream questions, ObjectInputStream answers) {

		static Line open(int port) throws IOException {
			Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
			socket.setTcpNoDelay(true);
			ObjectOutputStream questions = new ObjectOutputStream(socket.getOutputStream());
			questions.flush();
			return new Line(socket, questions, new ObjectInputStream(socket.getInputStream()));
		}

		Answer ask(Question question) throws IOException, ClassNotFoundException {
			this.questions.writeUnshared(question);
			this.questions.reset();
			this.questions.flush();
			return (Answer) this.answers.readUnshared();
		}

		void close() throws IOException {
			this.socket.close();
		}

	}

}
