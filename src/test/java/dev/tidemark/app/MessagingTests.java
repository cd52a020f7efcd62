package dev.tidemark.app;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.jms.ConnectionFactory;
import org.apache.activemq.artemis.jms.client.ActiveMQJMSConnectionFactory;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.amqp.rabbit.annotation.Queue;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.rabbit.config.DirectRabbitListenerContainerFactory;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.core.JmsClient;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.kafka.listener.RecordInterceptor;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that go with messages from one instance to another, which share nothing but a
 * secret and the brokers. The replicas are paused, so only a listener that continues the
 * session sees the write.
 */
class MessagingTests {

	@TempDir
	@SuppressWarnings("NullAway.Init")
	private static Path temporary;

	private static Servers servers;

	private static Brokers brokers;

	private static ConfigurableApplicationContext sender;

	private static ConfigurableApplicationContext receiver;

	private static ConsistencySession sessions;

	private static Notes notes;

	private static Listeners listeners;

	@BeforeAll
	static void start() throws Exception {
		servers = new Servers();
		brokers = new Brokers(temporary);
		sender = start(Application.class);
		sender.getBean(JdbcTemplate.class).execute("CREATE TABLE note (owner text)");
		receiver = start(ReceivingApplication.class);
		sessions = sender.getBean(ConsistencySession.class);
		notes = sender.getBean(Notes.class);
		listeners = receiver.getBean(Listeners.class);
	}

	private static ConfigurableApplicationContext start(Class<?> application) {
		return servers.start(application, WebApplicationType.NONE, Stream.concat(Stream.of(brokers.properties()),
				Stream.of("tidemark.web.token.secret=0123456789abcdef0123456789abcdef", "tidemark.marker.store=memory", // The
																														// brokers
																														// may
																														// take
																														// their
																														// time.
						"tidemark.consistency.max-staleness=5m", "tidemark.marker.ttl=10m",
						"spring.rabbitmq.listener.simple.retry.enabled=true",
						"spring.rabbitmq.listener.simple.retry.initial-interval=1ms",
						Library.only(Library.KAFKA, Library.RABBIT)))
			.toArray(String[]::new));
	}

	@AfterAll
	static void stop() throws Exception {
		receiver.close();
		sender.close();
		brokers.close();
		servers.close();
	}

	@BeforeEach
	void pauseReplicasThatAreUpToDate() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> receiver.getBean(Notes.class).isInRecovery());
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		listeners.heard.clear();
	}

	private static Heard heard() throws InterruptedException {
		Heard heard = listeners.heard.poll(30, TimeUnit.SECONDS);
		assertThat(heard).as("a message").isNotNull();
		return heard;
	}

	private static void writeAndSend(Way way, String owner) {
		sessions.runAs(owner, () -> {
			notes.write(owner);
			way.send.accept(sender, owner);
		});
	}

	@ParameterizedTest
	@EnumSource
	void listenerSeesWhatTheSenderWrote(Way way) throws Exception {
		String owner = "alice-" + way;
		writeAndSend(way, owner);
		assertThat(heard()).isEqualTo(new Heard(owner, 1, false));
	}

	@ParameterizedTest
	@EnumSource
	void sessionEndsWithTheMessage(Way way) throws Exception {
		writeAndSend(way, "bob-" + way);
		assertThat(heard().inRecovery).isFalse();
		sessions.runAs("nobody", () -> way.send.accept(sender, "bob-" + way));
		assertThat(heard()).isEqualTo(new Heard("bob-" + way, 0, true));
	}

	@ParameterizedTest
	@EnumSource
	void listenerThatFailsSeesTheWriteAgain(Way way) throws Exception {
		String owner = "twice-" + way;
		writeAndSend(way, owner);
		assertThat(heard()).isEqualTo(new Heard(owner, 1, false));
		assertThat(heard()).isEqualTo(new Heard(owner, 1, false));
		sessions.runAs("nobody", () -> way.send.accept(sender, owner));
		assertThat(heard()).isEqualTo(new Heard(owner, 0, true));
	}

	@ParameterizedTest
	@EnumSource
	void damagedTokenIsIgnoredAndCounted(Way way) throws Exception {
		double before = rejected();
		String owner = "carol-" + way;
		sessions.runAs(owner, () -> {
			notes.write(owner);
			way.sendWithToken.accept(sender, owner, "damaged");
		});
		assertThat(heard()).isEqualTo(new Heard(owner, 0, true));
		assertThat(rejected()).isGreaterThan(before);
	}

	private static double rejected() {
		Counter counter = receiver.getBean(MeterRegistry.class)
			.find("tidemark.token.rejected")
			.tag("reason", "malformed")
			.counter();
		return (counter != null) ? counter.count() : 0;
	}

	@Test
	void batchSeesWhatAllItsSendersWrote() throws Exception {
		MessageListenerContainer batches = receiver.getBean(KafkaListenerEndpointRegistry.class)
			.getListenerContainer("batches");
		batches.stop();
		writeAndSend(Way.KAFKA_BATCH, "dave");
		sessions.runAs("nobody", () -> Way.KAFKA_BATCH.send.accept(sender, "dave"));
		writeAndSend(Way.KAFKA_BATCH, "erin");
		batches.start();
		assertThat(List.of(heard(), heard(), heard())).containsExactly(new Heard("dave", 1, false),
				new Heard("dave", 1, false), new Heard("erin", 1, false));
	}

	@Test
	void ownInterceptorOfTheApplicationStays() throws Exception {
		int before = listeners.intercepted.get();
		writeAndSend(Way.KAFKA, "frank");
		assertThat(heard().owner).isEqualTo("frank");
		assertThat(listeners.intercepted.get()).isEqualTo(before + 1);
	}

	@Test
	void recordThatIsSentAgainCarriesTheTokenOfThen() throws Exception {
		ProducerRecord<Object, Object> record = new ProducerRecord<>("records", "grace");
		for (int count = 1; count <= 2; count++) {
			int expected = count;
			sessions.runAs("grace", () -> {
				notes.write("grace");
				kafka(sender).send(record).join();
			});
			assertThat(heard()).isEqualTo(new Heard("grace", expected, false));
		}
		assertThat(record.headers()).isEmpty();
	}

	@SuppressWarnings("unchecked")
	private static KafkaTemplate<Object, Object> kafka(ApplicationContext application) {
		return application.getBean(KafkaTemplate.class);
	}

	private static ProducerRecord<Object, Object> record(String topic, String owner, String token) {
		ProducerRecord<Object, Object> record = new ProducerRecord<>(topic, owner);
		record.headers().add("Tidemark-Token", token.getBytes(StandardCharsets.US_ASCII));
		return record;
	}

	private static void rabbit(ApplicationContext application, String queue, String owner, String token) {
		application.getBean(RabbitTemplate.class).convertAndSend("", queue, owner, (message) -> {
			message.getMessageProperties().setHeader("Tidemark-Token", token);
			return message;
		});
	}

	private static void jms(ApplicationContext application, String owner, String token) {
		application.getBean(JmsTemplate.class).convertAndSend("notes", owner, (message) -> {
			message.setStringProperty("Tidemark_Token", token);
			return message;
		});
	}

	/**
	 * A way by which messages go.
	 */
	enum Way {

		KAFKA((application, owner) -> kafka(application).send("records", owner).join(),
				(application, owner, token) -> kafka(application).send(record("records", owner, token)).join()),

		KAFKA_BATCH((application, owner) -> kafka(application).send("batches", owner).join(),
				(application, owner, token) -> kafka(application).send(record("batches", owner, token)).join()),

		RABBIT_SIMPLE((application, owner) -> application.getBean(RabbitTemplate.class).convertAndSend("simple", owner),
				(application, owner, token) -> rabbit(application, "simple", owner, token)),

		RABBIT_DIRECT((application, owner) -> application.getBean(RabbitTemplate.class).convertAndSend("direct", owner),
				(application, owner, token) -> rabbit(application, "direct", owner, token)),

		JMS((application, owner) -> application.getBean(JmsTemplate.class).convertAndSend("notes", owner),
				MessagingTests::jms),

		JMS_CLIENT((application, owner) -> application.getBean(JmsClient.class).destination("notes").send(owner),
				MessagingTests::jms);

		final BiConsumer<ApplicationContext, String> send;

		final SendingWithToken sendWithToken;

		Way(BiConsumer<ApplicationContext, String> send, SendingWithToken sendWithToken) {
			this.send = send;
			this.sendWithToken = sendWithToken;
		}

		interface SendingWithToken {

			void accept(ApplicationContext application, String owner, String token);

		}

	}

	/**
	 * What a listener has read.
	 */
	record Heard(String owner, int count, boolean inRecovery) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ConnectionFactory jmsConnections() {
			return new ActiveMQJMSConnectionFactory("vm://0");
		}

		@Bean
		Notes notes(JdbcTemplate jdbc) {
			return new Notes(jdbc);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Application.class)
	static class ReceivingApplication {

		@Bean
		Listeners listeners(Notes notes) {
			return new Listeners(notes);
		}

		@Bean
		RecordInterceptor<Object, Object> ownInterceptor(Listeners listeners) {
			return (record, consumer) -> {
				listeners.intercepted.incrementAndGet();
				return record;
			};
		}

		@Bean
		DirectRabbitListenerContainerFactory directFactory(
				org.springframework.amqp.rabbit.connection.ConnectionFactory connections) {
			DirectRabbitListenerContainerFactory factory = new DirectRabbitListenerContainerFactory();
			factory.setConnectionFactory(connections);
			return factory;
		}

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		Notes(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional
		public void write(String owner) {
			this.jdbc.update("INSERT INTO note VALUES (?)", owner);
		}

		@Transactional(readOnly = true)
		public Heard read(String owner) {
			return this.jdbc.queryForObject("SELECT count(*), pg_is_in_recovery() FROM note WHERE owner = ?",
					(row, number) -> new Heard(owner, row.getInt(1), row.getBoolean(2)), owner);
		}

		@Transactional(readOnly = true)
		public boolean isInRecovery() {
			return this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class);
		}

	}

	static class Listeners {

		final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();

		final AtomicInteger intercepted = new AtomicInteger();

		private final Set<String> failed = ConcurrentHashMap.newKeySet();

		private final Notes notes;

		Listeners(Notes notes) {
			this.notes = notes;
		}

		@KafkaListener(topics = "records", groupId = "records")
		public void record(String owner) {
			listen(owner);
		}

		@KafkaListener(id = "batches", topics = "batches", groupId = "batches", batch = "true")
		public void batch(List<String> owners) {
			owners.forEach(this::listen);
		}

		@RabbitListener(queuesToDeclare = @Queue("simple"))
		public void simple(String owner) {
			listen(owner);
		}

		@RabbitListener(queuesToDeclare = @Queue("direct"), containerFactory = "directFactory")
		public void direct(String owner) {
			listen(owner);
		}

		@JmsListener(destination = "notes")
		public void jms(String owner) {
			listen(owner);
		}

		/**
		 * Fails the first time that it hears of some owners.
		 */
		private void listen(String owner) {
			this.heard.add(this.notes.read(owner));
			if (owner.startsWith("twice") && this.failed.add(owner)) {
				throw new IllegalStateException("not yet");
			}
		}

	}

}
