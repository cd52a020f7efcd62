package dev.tidemark.marker;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import dev.tidemark.marker.MarkerListener.Operation;
import dev.tidemark.marker.MarkerListener.Outcome;
import dev.tidemark.redis.ClockSteps;
import dev.tidemark.redis.LettuceMarkerStore;
import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.wal.WalPosition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Markers} on a Redis that fails in every way it can.
 */
class MarkersTests {

	private static final String KEY = new MarkerKeys("cluster").keyFor("alice");

	private static final WalPosition WRITTEN = new WalPosition(1, 50);

	/**
	 * So long that nobody asks a store that is trusted but who reads and writes.
	 */
	private static final Duration NEVER = Duration.ofDays(1);

	private static final Markers.Settings SETTINGS = new Markers.Settings(Duration.ofSeconds(2),
			() -> Duration.ofMinutes(5), Duration.ofMillis(20), NEVER, Duration.ZERO);

	private static final Markers.Settings PATIENT = new Markers.Settings(Duration.ofMinutes(1),
			() -> Duration.ofMinutes(5), Duration.ofMillis(20), NEVER, Duration.ZERO);

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private static EmbeddedRedis redis;

	private static LettuceConnectionFactory connections;

	/**
	 * The primary goes on: each question finds it at a later position.
	 */
	private final AtomicLong primary = new AtomicLong(100);

	private final Queue<String> told = new ConcurrentLinkedQueue<>();

	private LettuceMarkerStore store;

	private Markers markers;

	@BeforeAll
	static void startRedis() {
		redis = EmbeddedRedis.start();
		connections = new LettuceConnectionFactory(redis.host(), redis.port());
		connections.afterPropertiesSet();
		connections.start();
	}

	@AfterAll
	static void stopRedis() {
		connections.destroy();
		redis.close();
	}

	@BeforeEach
	void start() {
		this.store = new LettuceMarkerStore(connections, "app");
		this.markers = markers(this.store, this::tell);
		this.markers.start(PATIENCE);
		await().until(this.markers::isAvailable);
		assertThat(this.markers.write(List.of(KEY), WRITTEN)).isTrue();
		this.told.clear();
	}

	@AfterEach
	void close() {
		this.markers.close();
		this.store.close();
		if (redis.isRunning()) {
			redis.thaw();
			redis.flush();
		}
		else {
			redis.restart();
		}
	}

	// A process that was stopped has not asked meanwhile.
	@Test
	void isAwayForAsLongAsItWasAskedInVain() {
		UnreadableStore store = new UnreadableStore();
		Queue<CompletableFuture<Set<String>>> questions = store.questions;
		try (Markers lost = new Markers(store, PATIENT, () -> CompletableFuture.completedFuture(new WalPosition(1, 1)),
				this::tell)) {
			lost.start(Duration.ZERO);
			await().until(() -> !questions.isEmpty());
			questions.remove().complete(Set.of("epoch"));
			await().until(lost::isAvailable);
			lost.read(List.of(KEY)).join();
			await().until(() -> !questions.isEmpty());
			assertThat(lost.isAvailable()).isFalse();
			assertThat(lost.isAwayFor(0)).isFalse();
			questions.remove().completeExceptionally(new IllegalStateException("still gone"));
			await().until(() -> lost.isAwayFor(0));
			await().until(() -> store.answersUntil(lost::isAvailable));
			assertThat(lost.isAwayFor(0)).isFalse();
		}
	}

	// Another instance may not have found it yet, and keeps no markers.
	@Test
	void storeThatIsBackIsWrittenBeforeItIsRead() {
		RecordingStore store = new RecordingStore(new AtomicLong(), this.told);
		try (Markers watched = markers(store, NEVER, Duration.ofMinutes(1))) {
			store.away.set(true);
			watched.start(PATIENCE);
			await().until(() -> watched.isAwayFor(0));
			assertThat(watched.write(List.of(KEY), WRITTEN)).isFalse();
			store.away.set(false);
			await().until(() -> watched.write(List.of(KEY), WRITTEN));
			this.told.clear();
			await().until(() -> questions() > 3);
			assertThat(watched.isAvailable()).isFalse();
			assertThat(watched.isAwayFor(0)).isFalse();
			assertThat(watched.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
		}
	}

	@Test
	void floorOfAStoreThatIsBackIsFromTheEndOfTheWait() {
		RecordingStore store = new RecordingStore(new AtomicLong(), this.told);
		Markers.Settings settings = new Markers.Settings(Duration.ofSeconds(2), () -> Duration.ofMinutes(5),
				Duration.ofMillis(20), NEVER, Duration.ofMillis(300));
		try (Markers watched = new Markers(store, settings,
				() -> CompletableFuture.completedFuture(new WalPosition(1, 1000 + questions())), this::tell)) {
			store.away.set(true);
			watched.start(PATIENCE);
			await().until(() -> watched.isAwayFor(0));
			this.told.clear();
			store.away.set(false);
			await().until(watched::isAvailable);
			WalPosition floor = Objects.requireNonNull(watched.read(List.of(KEY)).join().get(0).floor());
			assertThat(floor.lsn()).isGreaterThan(1001);
		}
	}

	// Nobody stops to hold anything for so short a time.
	@Test
	void storeThatWasLostForAMomentIsTrustedAtOnce() {
		AtomicLong interruptions = new AtomicLong();
		RecordingStore store = new RecordingStore(interruptions, this.told);
		try (Markers watched = markers(store, NEVER, Duration.ofMillis(400))) {
			watched.start(PATIENCE);
			assertThat(questionsAfterALoss(watched, interruptions)).isOne();
		}
	}

	// Others may have stopped to hold what they could not keep.
	@Test
	void storeThatWasNotHeardOfForLongIsNotTrusted() {
		RecordingStore store = new RecordingStore(new AtomicLong(), this.told);
		try (Markers watched = markers(store, Duration.ofMillis(600), Duration.ofMillis(400))) {
			watched.start(PATIENCE);
			store.stopped.set(true);
			long asked = System.nanoTime();
			await().until(() -> System.nanoTime() - asked > TimeUnit.MILLISECONDS.toNanos(600));
			assertThat(watched.isAvailable()).isTrue();
			long found = System.nanoTime();
			store.stopped.set(false);
			assertThat(watched.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			await().until(watched::isAvailable);
			assertThat(System.nanoTime() - found).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(400));
			assertThat(watched.read(List.of(KEY)).join().get(0).known()).isTrue();
		}
	}

	@Test
	void storeThatIsTrustedIsHeardOfThoughNobodyReads() {
		RecordingStore store = new RecordingStore(new AtomicLong(), this.told);
		try (Markers watched = markers(store, Duration.ofSeconds(2), Duration.ofMinutes(1))) {
			watched.start(PATIENCE);
			long asked = System.nanoTime();
			await().until(() -> System.nanoTime() - asked > TimeUnit.SECONDS.toNanos(4));
			assertThat(watched.read(List.of(KEY)).join().get(0).known()).isTrue();
		}
	}

	@Test
	void storeThatFailsIsFoundOutThoughNobodyReads() {
		RecordingStore store = new RecordingStore(new AtomicLong(), this.told);
		try (Markers watched = markers(store, Duration.ofMillis(600), Duration.ofMinutes(1))) {
			watched.start(PATIENCE);
			assertThat(watched.isAvailable()).isTrue();
			store.away.set(true);
			await().until(() -> !watched.isAvailable());
		}
	}

	@Test
	void lossIsFoundThoughNobodyReads() {
		AtomicLong interruptions = new AtomicLong();
		AtomicLong floors = new AtomicLong();
		Markers.Settings settings = new Markers.Settings(Duration.ofSeconds(2), () -> Duration.ofMinutes(5),
				Duration.ofMillis(20), Duration.ofMillis(600), Duration.ZERO);
		try (Markers watched = new Markers(new RecordingStore(interruptions, this.told), settings,
				() -> CompletableFuture.completedFuture(new WalPosition(1, floors.incrementAndGet())), this::tell)) {
			watched.start(PATIENCE);
			assertThat(watched.isAvailable()).isTrue();
			long before = floors.get();
			interruptions.incrementAndGet();
			await().until(() -> floors.get() > before);
		}
	}

	@Test
	void storeIsTrustedThoughThePrimaryTakesLongerThanTheGap() {
		RecordingStore store = new RecordingStore(new AtomicLong(), this.told);
		Markers.Settings settings = new Markers.Settings(Duration.ofSeconds(10), () -> Duration.ofMinutes(5),
				Duration.ofMillis(20), Duration.ofSeconds(3), Duration.ofMinutes(1));
		try (Markers watched = new Markers(store, settings, () -> CompletableFuture
			.supplyAsync(() -> new WalPosition(1, 1), CompletableFuture.delayedExecutor(4, TimeUnit.SECONDS)),
				this::tell)) {
			watched.start(Duration.ofSeconds(20));
			assertThat(watched.isAvailable()).isTrue();
			assertThat(watched.read(List.of(KEY)).join().get(0).known()).isTrue();
		}
	}

	// The application ends, or pauses.
	@Test
	void nothingIsSaidOfAStoreThatWasStopped() {
		UnreadableStore store = new UnreadableStore();
		try (Markers lost = new Markers(store, PATIENT, () -> CompletableFuture.completedFuture(new WalPosition(1, 1)),
				this::tell)) {
			lost.start(Duration.ZERO);
			await().until(() -> store.answersUntil(lost::isAvailable));
			store.stopped.set(true);
			assertThat(lost.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			assertThat(lost.isAvailable()).isTrue();
			store.stopped.set(false);
			lost.read(List.of(KEY)).join();
			await().until(() -> !store.questions.isEmpty());
			store.stopped.set(true);
			store.questions.remove().completeExceptionally(new IllegalStateException("stopped"));
			long asked = System.nanoTime();
			await().until(() -> System.nanoTime() - asked > TimeUnit.MILLISECONDS.toNanos(200));
			assertThat(store.questions).isEmpty();
			assertThat(lost.isAwayFor(0)).isFalse();
			store.stopped.set(false);
			await().until(() -> store.answersUntil(lost::isAvailable));
		}
	}

	@Test
	void memoryIsNeverOverdue() {
		Markers.Settings settings = new Markers.Settings(Duration.ofSeconds(2), () -> Duration.ofMinutes(5),
				Duration.ofMillis(20), Duration.ZERO, Duration.ofMinutes(1));
		try (Markers own = new Markers(new InMemoryMarkerStore(), settings,
				() -> CompletableFuture.completedFuture(new WalPosition(1, 1)), this::tell)) {
			own.start(PATIENCE);
			assertThat(own.read(List.of(KEY)).join().get(0).known()).isTrue();
		}
	}

	private long questionsAfterALoss(Markers markers, AtomicLong interruptions) {
		this.told.clear();
		interruptions.incrementAndGet();
		assertThat(markers.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
		await().until(markers::isAvailable);
		return questions();
	}

	private long questions() {
		return Collections.frequency(this.told, "epochs asked");
	}

	private Markers markers(RecordingStore store, Duration gap, Duration grace) {
		Markers.Settings settings = new Markers.Settings(Duration.ofSeconds(2), () -> Duration.ofMinutes(5),
				Duration.ofMillis(20), gap, grace);
		return new Markers(store, settings, () -> CompletableFuture.completedFuture(new WalPosition(1, 1)), this::tell);
	}

	// Nobody tells the floor, but another instance may have one.
	@Test
	void storeThatAnswersIsNotAwayWhileThePrimaryIs() {
		UnreadableStore store = new UnreadableStore();
		AtomicReference<CompletableFuture<WalPosition>> position = new AtomicReference<>(
				CompletableFuture.completedFuture(new WalPosition(1, 1)));
		AtomicLong asked = new AtomicLong();
		try (Markers markers = new Markers(store, PATIENT, () -> {
			asked.incrementAndGet();
			return position.get();
		}, this::tell)) {
			markers.start(Duration.ZERO);
			await().until(() -> store.answersUntil(markers::isAvailable));
			position.set(CompletableFuture.failedFuture(new IllegalStateException("no primary")));
			markers.read(List.of(KEY)).join();
			await().until(() -> !store.questions.isEmpty());
			store.questions.remove().completeExceptionally(new IllegalStateException("gone"));
			await().until(() -> markers.isAwayFor(0));
			long before = asked.get();
			await().until(() -> store.answersUntil(() -> asked.get() > before + 1));
			assertThat(markers.isAvailable()).isFalse();
			assertThat(markers.isAwayFor(0)).isFalse();
		}
	}

	private Markers markers(MarkerStore store, MarkerListener listener) {
		return new Markers(store, SETTINGS,
				() -> CompletableFuture.completedFuture(new WalPosition(1, this.primary.getAndIncrement())), listener);
	}

	private void tell(Operation operation, Outcome outcome, Duration duration) {
		this.told.add(operation + " " + outcome);
	}

	private MarkerReading read() {
		return this.markers.read(List.of(KEY)).join().get(0);
	}

	/**
	 * Wait until the store is trusted again, and return the floor that was set then.
	 */
	private WalPosition floorOnceTrustedAgain() {
		await().untilAsserted(() -> assertThat(read().known()).isTrue());
		return Objects.requireNonNull(read().floor());
	}

	@Test
	void readsWhatWasWrittenWithTheFloorOfTheStart() {
		MarkerReading reading = read();
		assertThat(reading.written()).isEqualTo(WRITTEN);
		assertThat(reading.floor()).isNotNull();
		assertThat(this.markers.trustedEpochs()).hasSize(16);
		assertThat(this.markers.storeKind()).isEqualTo("redis");
		assertThat(this.told).containsExactly("READ SUCCESS");
	}

	@Test
	void whatALostMarkerStoodForLiesBelowTheNextFloor() {
		WalPosition before = Objects.requireNonNull(read().floor());
		redis.flush();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		WalPosition after = floorOnceTrustedAgain();
		assertThat(after.max(before)).isEqualTo(after).isNotEqualTo(before);
		assertThat(read().written()).isNull();
		assertThat(read().fence()).isEqualTo(after);
	}

	@Test
	void writeIntoFlushedStoreHidesNothing() {
		redis.flush();
		assertThat(this.markers.write(List.of(KEY), WRITTEN)).isTrue();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		floorOnceTrustedAgain();
		assertThat(read().written()).isEqualTo(WRITTEN);
	}

	@Test
	void restartedStoreIsNotBelievedThoughItsEpochsWereMadeAnewByAnotherInstance() {
		WalPosition before = Objects.requireNonNull(read().floor());
		redis.restart();
		await().until(() -> this.store.interruptions() > 0);
		await().ignoreExceptions().until(() -> this.store.epochs().toCompletableFuture().join().size() == 16);
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		assertThat(floorOnceTrustedAgain()).isNotEqualTo(before);
	}

	@Test
	void interruptedConnectionMayHaveLostMarkersThoughTheEpochIsTheSame() {
		AtomicLong interruptions = new AtomicLong();
		RecordingStore recording = new RecordingStore(interruptions, this.told);
		try (Markers watched = markers(recording, (operation, outcome, duration) -> {
		})) {
			watched.start(PATIENCE);
			WalPosition before = watched.read(List.of(KEY)).join().get(0).floor();
			interruptions.incrementAndGet();
			assertThat(watched.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			await().until(watched::isAvailable);
			assertThat(watched.read(List.of(KEY)).join().get(0).floor()).isNotNull().isNotEqualTo(before);
		}
	}

	@Test
	void stoppedStoreIsNotAskedAgainUntilItIsBack() {
		redis.stop();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		assertThat(this.markers.isAvailable()).isFalse();
		assertThat(this.markers.trustedEpochs()).isEmpty();
		this.told.clear();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		assertThat(this.markers.write(List.of(KEY), WRITTEN)).isFalse();
		assertThat(this.told).containsExactly("READ REJECTED", "WRITE REJECTED");
		redis.restart();
		floorOnceTrustedAgain();
		assertThat(this.markers.write(List.of(KEY), WRITTEN)).isTrue();
	}

	@Test
	void writeFindsOutThatTheStoreIsStopped() {
		redis.stop();
		assertThat(this.markers.write(List.of(KEY), WRITTEN)).isFalse();
		assertThat(this.told).containsExactly("WRITE FAILURE");
		assertThat(this.markers.isAvailable()).isFalse();
	}

	@Test
	void frozenStoreIsNotWaitedForBeyondTheLimit() {
		redis.freeze();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		assertThat(this.markers.write(List.of(KEY), WRITTEN)).isFalse();
		assertThat(this.told).containsExactly("READ FAILURE", "READ REJECTED", "WRITE REJECTED");
		redis.thaw();
		floorOnceTrustedAgain();
		assertThat(read().written()).isEqualTo(WRITTEN);
	}

	@Test
	void storeThatIsAwayAtTheStartIsUsedOnceItIsThere() {
		redis.stop();
		try (Markers late = markers(this.store, this::tell)) {
			late.start(Duration.ofMillis(50));
			assertThat(late.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			assertThat(late.write(List.of(KEY), WRITTEN)).isFalse();
			redis.restart();
			await().until(late::isAvailable);
			assertThat(late.write(List.of(KEY), WRITTEN)).isTrue();
		}
	}

	@Test
	void storeIsNotTrustedWhileThePrimaryDoesNotSayWhereItIs() {
		Queue<CompletableFuture<WalPosition>> asked = new ConcurrentLinkedQueue<>();
		try (Markers waiting = new Markers(this.store, SETTINGS, () -> {
			CompletableFuture<WalPosition> answer = asked.isEmpty()
					? CompletableFuture.failedFuture(new IllegalStateException("no primary"))
					: CompletableFuture.completedFuture(new WalPosition(1, 500));
			asked.add(answer);
			return answer;
		}, this::tell)) {
			waiting.start(PATIENCE);
			await().until(waiting::isAvailable);
			assertThat(asked).hasSize(2);
			assertThat(waiting.read(List.of(KEY)).join().get(0).floor()).isEqualTo(new WalPosition(1, 500));
		}
	}

	@Test
	void floorIsAskedForBehindTheEpochs() {
		RecordingStore recording = new RecordingStore(new AtomicLong(), this.told);
		try (Markers watched = new Markers(recording, SETTINGS, () -> {
			this.told.add("primary position");
			return CompletableFuture.completedFuture(new WalPosition(1, 1));
		}, this::tell)) {
			watched.start(PATIENCE);
			assertThat(this.told).containsExactly("interruptions", "epochs asked", "epochs answered", "interruptions",
					"primary position");
		}
	}

	@Test
	void listenerThatThrowsBreaksNothing() {
		try (Markers watched = markers(this.store, (operation, outcome, duration) -> {
			throw new IllegalStateException("listener");
		})) {
			assertThat(watched.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			assertThat(watched.write(List.of(KEY), WRITTEN)).isFalse();
			watched.start(PATIENCE);
			await().until(watched::isAvailable);
			assertThat(watched.write(List.of(KEY), WRITTEN)).isTrue();
			assertThat(watched.read(List.of(KEY)).join().get(0).written()).isEqualTo(WRITTEN);
			assertThat(watched.isAvailable()).isTrue();
		}
	}

	@Test
	void nothingIsThrownWhereALossIsFoundAfterTheEnd() {
		this.markers.close();
		redis.flush();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		redis.stop();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		assertThat(this.markers.write(List.of(KEY), WRITTEN)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void damagedMarkerIsInDoubtUntilThePrimaryReplacesIt(boolean list) {
		byte[] key = ("app:{" + KEY.charAt(0) + "}:" + KEY).getBytes(StandardCharsets.US_ASCII);
		try (RedisConnection connection = connections.getConnection()) {
			connection.keyCommands().del(key);
			if (list) {
				connection.listCommands().lPush(key, key);
			}
			else {
				connection.stringCommands().set(key, "000000010000zzzz0000zzzz".getBytes(StandardCharsets.US_ASCII));
			}
		}
		long before = this.primary.get();
		assertThat(read()).isEqualTo(MarkerReading.UNKNOWN);
		assertThat(this.markers.isAvailable()).isTrue();
		await().untilAsserted(() -> assertThat(read().written()).isEqualTo(new WalPosition(1, before)));
	}

	@Test
	void storeThatLosesMarkersAllTheTimeIsNotProbedAllTheTime() {
		AtomicLong interruptions = new AtomicLong();
		Markers.Settings slow = new Markers.Settings(Duration.ofMillis(500), () -> Duration.ofMinutes(5),
				Duration.ofMinutes(5), NEVER, Duration.ZERO);
		try (Markers losing = new Markers(new RecordingStore(interruptions, this.told), slow,
				() -> CompletableFuture.completedFuture(new WalPosition(1, 1)), this::tell)) {
			losing.start(PATIENCE);
			interruptions.incrementAndGet();
			this.told.clear();
			assertThat(losing.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			assertThat(losing.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			assertThat(this.told).containsExactly("READ SUCCESS", "interruptions", "READ REJECTED");
		}
	}

	@Test
	void clockThatWasSetForwardMeansAFloorForEverybody() {
		AtomicLong step = new AtomicLong();
		try (LettuceMarkerStore stepping = ClockSteps.store(connections, "app", step);
				Markers watched = markers(stepping, this::tell)) {
			watched.start(PATIENCE);
			WalPosition before = Objects.requireNonNull(watched.read(List.of(KEY)).join().get(0).floor());
			step.addAndGet(TimeUnit.HOURS.toNanos(1));
			deleteMarker();
			assertThat(watched.read(List.of(KEY)).join().get(0)).isEqualTo(MarkerReading.UNKNOWN);
			await().until(watched::isAvailable);
			MarkerReading after = watched.read(List.of(KEY)).join().get(0);
			assertThat(after.written()).isNull();
			assertThat(after.floor()).isNotNull().isNotEqualTo(before);
		}
	}

	@Test
	void clockThatWasSetForwardMeansAFloorAlsoWhereNobodyReads() {
		AtomicLong step = new AtomicLong();
		Markers.Settings settings = new Markers.Settings(Duration.ofSeconds(2), () -> Duration.ofMinutes(5),
				Duration.ofMillis(20), Duration.ofMillis(600), Duration.ZERO);
		try (LettuceMarkerStore stepping = ClockSteps.store(connections, "app", step);
				Markers watched = new Markers(stepping, settings,
						() -> CompletableFuture.completedFuture(new WalPosition(1, this.primary.getAndIncrement())),
						this::tell)) {
			watched.start(PATIENCE);
			assertThat(watched.isAvailable()).isTrue();
			long before = this.primary.get();
			step.addAndGet(TimeUnit.HOURS.toNanos(1));
			deleteMarker();
			await().until(() -> this.primary.get() > before);
		}
	}

	private static void deleteMarker() {
		byte[] key = ("app:{" + KEY.charAt(0) + "}:" + KEY).getBytes(StandardCharsets.US_ASCII);
		try (RedisConnection connection = connections.getConnection()) {
			connection.keyCommands().del(key);
		}
	}

	@Test
	void readingJoinsOwnWritesAndFloor() {
		WalPosition low = new WalPosition(1, 1);
		WalPosition high = new WalPosition(1, 2);
		assertThat(MarkerReading.NONE.fence()).isNull();
		assertThat(new MarkerReading(true, null, low).fence()).isEqualTo(low);
		assertThat(new MarkerReading(true, low, null).fence()).isEqualTo(low);
		assertThat(new MarkerReading(true, low, high).fence()).isEqualTo(high);
		assertThat(new MarkerReading(true, low, null).withWrite(high).written()).isEqualTo(high);
		assertThat(new MarkerReading(true, high, null).withWrite(low).written()).isEqualTo(high);
		assertThat(MarkerReading.NONE.withWrite(null)).isEqualTo(MarkerReading.NONE);
		assertThat(MarkerReading.UNKNOWN.withWrite(high)).isEqualTo(MarkerReading.UNKNOWN);
	}

	/**
	 * A connection that is interrupted at one exact moment, and an order of commands,
	 * can't be had from a real server.
	 */
	private static class RecordingStore implements MarkerStore {

		private final AtomicLong interruptions;

		private final Queue<String> calls;

		private final AtomicBoolean away = new AtomicBoolean();

		final AtomicBoolean stopped = new AtomicBoolean();

		RecordingStore(AtomicLong interruptions, Queue<String> calls) {
			this.interruptions = interruptions;
			this.calls = calls;
		}

		@Override
		public String kind() {
			return "recording";
		}

		@Override
		public CompletionStage<List<Marker>> read(List<String> keys) {
			return CompletableFuture.completedFuture(keys.stream().map((key) -> new Marker(null, "epoch")).toList());
		}

		@Override
		public CompletionStage<Void> write(List<String> keys, WalPosition position, Duration ttl) {
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<Set<String>> epochs() {
			if (this.away.get()) {
				throw new IllegalStateException("away");
			}
			this.calls.add("epochs asked");
			return CompletableFuture.supplyAsync(() -> {
				this.calls.add("epochs answered");
				return Set.of("epoch");
			});
		}

		@Override
		public boolean isStopped() {
			return this.stopped.get();
		}

		@Override
		public long interruptions() {
			this.calls.add("interruptions");
			return this.interruptions.get();
		}

	}

	/**
	 * Fails all reads, and answers when it is told to.
	 */
	private final class UnreadableStore extends RecordingStore {

		private final Queue<CompletableFuture<Set<String>>> questions = new ConcurrentLinkedQueue<>();

		/**
		 * Answer the questions of now.
		 * @return whether that was enough
		 */
		boolean answersUntil(BooleanSupplier condition) {
			while (!this.questions.isEmpty()) {
				this.questions.remove().complete(Set.of("epoch"));
			}
			return condition.getAsBoolean();
		}

		UnreadableStore() {
			super(new AtomicLong(), MarkersTests.this.told);
		}

		@Override
		public CompletionStage<List<Marker>> read(List<String> keys) {
			return CompletableFuture.failedFuture(new IllegalStateException("gone"));
		}

		@Override
		public CompletionStage<Set<String>> epochs() {
			CompletableFuture<Set<String>> question = new CompletableFuture<>();
			this.questions.add(question);
			return question;
		}

	}

}
