package dev.tidemark.history;

import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Step.Place;

/**
 * Makes up sessions. The same seed makes up the same sessions.
 * <p>
 * One client in four is a visitor. A client has several sessions, which may overlap. One
 * step in five writes, mostly a row of the client's own, now and then one that all write.
 * What is read are the client's rows, one of another client, and the row that all write.
 */
public final class Plan {

	/**
	 * The row that all write.
	 */
	public static final String SHARED_ROW = "shared";

	private static final int SESSIONS_PER_CLIENT = 5;

	/**
	 * Out of a hundred steps, in the order of the actions.
	 */
	private static final int[] SHARES = { 10, 4, 3, 3, 12, 12, 16, 24, 8, 4, 3, 1 };

	private final Random random;

	private final int clients;

	private final int instances;

	private final String prefix;

	private Plan(String prefix, Random random, int clients, int instances) {
		this.prefix = prefix;
		this.random = random;
		this.clients = clients;
		this.instances = instances;
	}

	static List<PlannedSession> of(long seed, int sessions, int instances) {
		Plan plan = new Plan("", new Random(seed), Math.max(4, sessions / SESSIONS_PER_CLIENT), instances);
		return Stream.generate(plan::session).limit(sessions).toList();
	}

	/**
	 * Make up one endless session for each client.
	 * @param prefix begins the names of all clients and rows
	 * @param seed makes up the steps
	 * @param clients how many clients there are
	 * @param instances how many instances there are
	 * @return the sessions, none of them thread-safe
	 */
	public static List<EndlessSession> endless(String prefix, long seed, int clients, int instances) {
		return IntStream.range(0, clients).mapToObj((number) -> {
			Plan plan = new Plan(prefix, new Random(31 * seed + number), clients, instances);
			String client = plan.client(number);
			return new EndlessSession(new PlannedSession(client, isVisitor(number), List.of()),
					() -> plan.step(client));
		}).toList();
	}

	private PlannedSession session() {
		int number = this.random.nextInt(this.clients);
		String client = client(number);
		return new PlannedSession(client, isVisitor(number),
				IntStream.rangeClosed(0, 3 + this.random.nextInt(6)).mapToObj((step) -> step(client)).toList());
	}

	private static boolean isVisitor(int number) {
		return number % 4 == 0;
	}

	private String client(int number) {
		return this.prefix + (isVisitor(number) ? "visitor" : "user") + number;
	}

	private Step step(String client) {
		String written = (this.random.nextInt(10) == 0) ? this.prefix + SHARED_ROW
				: client + (this.random.nextBoolean() ? "/a" : "/b");
		String other = client(this.random.nextInt(this.clients)) + "/a";
		return new Step(action(), place(), this.random.nextInt(this.instances), written,
				Stream.of(client + "/a", client + "/b", other, this.prefix + SHARED_ROW).distinct().toList());
	}

	private Action action() {
		int drawn = this.random.nextInt(100);
		int action = 0;
		while (drawn >= SHARES[action]) {
			drawn -= SHARES[action];
			action++;
		}
		return Action.values()[action];
	}

	private Place place() {
		return switch (this.random.nextInt(10)) {
			case 0 -> Place.EXECUTOR;
			case 1 -> Place.ASYNC_METHOD;
			default -> Place.SAME_THREAD;
		};
	}

	/**
	 * A session that does not end.
	 *
	 * @param session who it is
	 * @param steps makes up the next step
	 */
	public record EndlessSession(PlannedSession session, Supplier<Step> steps) {

	}

}
