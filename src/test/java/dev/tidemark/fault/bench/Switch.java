package dev.tidemark.fault.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import dev.tidemark.wal.ReplicaState;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.loading.ClassReloadingStrategy;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * Switches a mechanism off while the application runs: one of its methods does nothing
 * any more and gives a fixed answer.
 *
 * @param className the class
 * @param method the method, with all its overloads
 * @param answer what the method answers
 */
record Switch(String className, String method, Answer answer) {

	/**
	 * Have a method do nothing, and answer nothing, zero or {@code false}.
	 */
	static Switch nothing(String className, String method) {
		return new Switch("dev.tidemark." + className, method, Answer.NOTHING);
	}

	/**
	 * Have a method do nothing, and give an answer.
	 */
	static Switch answer(String className, String method, Answer answer) {
		return new Switch("dev.tidemark." + className, method, answer);
	}

	/**
	 * Return a switch from its text.
	 */
	static Switch parse(String text) {
		String[] parts = text.split("#");
		return new Switch(parts[0], parts[1], Answer.valueOf(parts[2]));
	}

	@Override
	public String toString() {
		return this.className + "#" + this.method + "#" + this.answer;
	}

	/**
	 * Switch mechanisms off.
	 */
	static void off(List<Switch> mechanisms) {
		ByteBuddyAgent.install();
		mechanisms.stream().collect(Collectors.groupingBy(Switch::type)).forEach(Switch::off);
	}

	private static void off(Class<?> type, List<Switch> mechanisms) {
		DynamicType.Builder<?> without = new ByteBuddy().redefine(type);
		for (Switch mechanism : mechanisms) {
			mechanism.check(type);
			without = without.visit(Advice.to(mechanism.answer.advice).on(ElementMatchers.named(mechanism.method)));
		}
		without.make().load(type.getClassLoader(), ClassReloadingStrategy.fromInstalledAgent());
	}

	private void check(Class<?> type) {
		if (Arrays.stream(type.getDeclaredMethods()).noneMatch((method) -> method.getName().equals(this.method))) {
			throw new IllegalStateException("There is no " + this.className + "." + this.method + " to switch off");
		}
	}

	void on() {
		try {
			ClassReloadingStrategy.fromInstalledAgent()
				.reset(ClassFileLocator.ForClassLoader.of(type().getClassLoader()), type());
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot read " + this.className, ex);
		}
	}

	private Class<?> type() {
		try {
			return Class.forName(this.className);
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException("There is no " + this.className, ex);
		}
	}

	/**
	 * What a method answers that is switched off.
	 */
	enum Answer {

		/** Nothing, zero or {@code false}. */
		NOTHING(Nothing.class),

		/** {@code true}. */
		TRUE(True.class),

		/** No time. */
		NO_TIME(NoTime.class),

		/** That a server is a replica of this cluster. */
		REPLICATING(Replicating.class);

		private final Class<?> advice;

		Answer(Class<?> advice) {
			this.advice = advice;
		}

	}

	/** Copied into methods. */
	static class Nothing {

		@Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
		static boolean skip() {
			return true;
		}

	}

	/** Copied into methods. */
	static class True {

		@Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
		static boolean skip() {
			return true;
		}

		@Advice.OnMethodExit
		static void answer(@Advice.Return(readOnly = false) boolean answer) {
			answer = true;
		}

	}

	/** Copied into methods. */
	static class NoTime {

		@Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
		static boolean skip() {
			return true;
		}

		@Advice.OnMethodExit
		static void answer(@Advice.Return(readOnly = false) Duration answer) {
			answer = Duration.ZERO;
		}

	}

	/** Copied into methods. */
	static class Replicating {

		@Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
		static boolean skip() {
			return true;
		}

		@Advice.OnMethodExit
		static void answer(@Advice.Return(readOnly = false) ReplicaState answer) {
			answer = ReplicaState.REPLICATING;
		}

	}

}
