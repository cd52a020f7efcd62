package dev.tidemark.fault.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;

import dev.tidemark.fault.bench.RemoteInstance.Answer;
import dev.tidemark.fault.bench.RemoteInstance.Question;
import dev.tidemark.history.Instance;
import dev.tidemark.history.Member.Continued;

/**
 * The program of a {@link RemoteInstance}.
 */
final class RemoteInstanceMain {

	/**
	 * Begins the line that tells the port.
	 */
	static final String READY = "ready at port ";

	private RemoteInstanceMain() {
	}

	public static void main(String[] properties) throws IOException {
		try (Instance instance = Instance.start(List.of(properties));
				ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			System.out.println(READY + server.getLocalPort());
			while (true) {
				Socket client = server.accept();
				new Thread(() -> serve(instance, client)).start();
			}
		}
	}

	private static void serve(Instance instance, Socket client) {
		try (client;
				ObjectOutputStream answers = new ObjectOutputStream(client.getOutputStream());
				ObjectInputStream questions = new ObjectInputStream(client.getInputStream())) {
			client.setTcpNoDelay(true);
			while (true) {
				answers.writeUnshared(answer(instance, (Question) questions.readUnshared()));
				answers.reset();
				answers.flush();
			}
		}
		catch (EOFException ex) {
			// It hung up.
		}
		catch (IOException | ClassNotFoundException ex) {
			ex.printStackTrace();
		}
	}

	private static Answer answer(Instance instance, Question question) {
		try {
			if (question.step() == null) {
				Switch.off(List.of(Switch.parse(String.valueOf(question.token()))));
				return new Answer(null, null);
			}
			if (question.user() != null) {
				return new Answer(new Continued(instance.performAs(question.user(), question.step()), ""), null);
			}
			return new Answer(instance.performWith(String.valueOf(question.token()), question.step()), null);
		}
		catch (Exception ex) {
			return new Answer(null, ex);
		}
	}

}
