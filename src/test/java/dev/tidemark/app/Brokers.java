package dev.tidemark.app;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.qpid.server.SystemLauncher;

import org.springframework.kafka.test.EmbeddedKafkaBroker;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

/**
 * The real brokers of a test: Kafka, Qpid for AMQP 0-9-1 as RabbitMQ speaks it, and
 * Artemis for JMS.
 */
final class Brokers implements AutoCloseable {

	private static final String QPID = """
			{"name": "broker", "modelVersion": "9.0",
			 "authenticationproviders": [{"name": "plain", "type": "Plain", "secureOnlyMechanisms": [],
			   "users": [{"name": "guest", "type": "managed", "password": "guest"}]}],
			 "ports": [{"name": "AMQP", "port": "%s", "bindingAddress": "127.0.0.1", "authenticationProvider": "plain",
			   "protocols": ["AMQP_0_9_1"], "virtualhostaliases": [{"name": "nameAlias", "type": "nameAlias"}]}],
			 "virtualhostnodes": [{"name": "default", "type": "Memory", "defaultVirtualHostNode": "true",
			   "virtualHostInitialConfiguration": "{\\"type\\": \\"Memory\\"}"}]}
			""";

	private final EmbeddedKafkaBroker kafka = new EmbeddedKafkaKraftBroker(1, 1);

	private final SystemLauncher amqp = new SystemLauncher();

	private final EmbeddedActiveMQ jms = new EmbeddedActiveMQ();

	private final int amqpPort;

	Brokers(Path folder) throws Exception {
		this.kafka.afterPropertiesSet();
		this.amqpPort = freePort();
		Path configuration = Files.writeString(folder.resolve("qpid.json"), QPID.formatted(this.amqpPort));
		this.amqp.startup(Map.of("type", "Memory", "initialConfigurationLocation", configuration.toUri().toString(),
				"startupLoggedToSystemOut", false));
		this.jms.setConfiguration(new ConfigurationImpl().setPersistenceEnabled(false)
			.setSecurityEnabled(false)
			.addAcceptorConfiguration("vm", "vm://0"));
		this.jms.start();
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	String[] properties() {
		return new String[] { "spring.kafka.bootstrap-servers=" + this.kafka.getBrokersAsString(),
				"spring.kafka.consumer.auto-offset-reset=earliest", "spring.rabbitmq.host=127.0.0.1",
				"spring.rabbitmq.port=" + this.amqpPort, "spring.rabbitmq.virtual-host=default" };
	}

	@Override
	public void close() throws Exception {
		this.jms.stop();
		this.amqp.shutdown();
		this.kafka.destroy();
	}

}
