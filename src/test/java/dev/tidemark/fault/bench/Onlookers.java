package dev.tidemark.fault.bench;

import java.util.List;
import java.util.Random;

import dev.tidemark.history.PlannedSession;
import dev.tidemark.history.Recorder;
import dev.tidemark.history.Step;
import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Step.Place;

/**
 * Users who write once, and then only read.
 */
final class Onlookers implements Fault {

	private static final int USERS = 20;

	private final Recorder recorder;

	private final String prefix;

	private final Random random = new Random(0);

	private final Fault reading = Fault.repeated(10, this::read, () -> {
	});

	Onlookers(Recorder recorder, String prefix) {
		this.recorder = recorder;
		this.prefix = prefix;
	}

	void write() {
		for (int user = 0; user < USERS; user++) {
			perform(user, Action.WRITE);
		}
	}

	private void read() {
		perform(this.random.nextInt(USERS), Action.READ_OWN_WRITES);
	}

	private void perform(int user, Action action) {
		String name = this.prefix + "onlooker" + user;
		try {
			attempt(name, action);
		}
		catch (Exception ex) {
			// The recorder has it.
		}
	}

	private void attempt(String name, Action action) throws Exception {
		this.recorder.attempt(new PlannedSession(name, false, List.of()),
				new Step(action, Place.SAME_THREAD, this.random.nextInt(2), name, List.of(name)));
	}

	@Override
	public void begin() throws Exception {
		this.reading.begin();
	}

	@Override
	public void end() throws Exception {
		this.reading.end();
	}

}
