package dev.tidemark.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import dev.tidemark.ConsistencyLevel;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration of Tidemark.
 *
 * @param enabled whether Tidemark is in use; without it the application is exactly as it
 * was
 * @param replicas the replicas, by name
 * @param consistency what reads may expect
 * @param routing what runs where
 * @param marker how it is remembered who wrote when
 * @param monitor how replicas are watched
 * @param web what requests and responses carry
 * @param messaging what messages carry
 * @param logging what the log shows
 */
@ConfigurationProperties("tidemark")
public record TidemarkProperties(@DefaultValue("true") boolean enabled, @DefaultValue Map<String, Replica> replicas,
		@DefaultValue Consistency consistency, @DefaultValue Routing routing, @DefaultValue Marker marker,
		@DefaultValue Monitor monitor, @DefaultValue PrimaryFallback primaryFallback, @DefaultValue Web web,
		@DefaultValue Messaging messaging, @DefaultValue Logging logging) {

	/**
	 * One replica.
	 *
	 * @param url the JDBC URL of a replica; without a replica Tidemark stays out of the
	 * way and says so
	 * @param username the user; the primary's if not set
	 * @param password the password; the primary's if not set
	 * @param weight the share of reads it gets, compared to the weights of the others
	 * @param hikari any property of its HikariCP pool; the primary's where not set
	 */
	public record Replica(@Nullable String url, @Nullable String username, @Nullable String password,
			@DefaultValue("1") int weight, @DefaultValue Map<String, String> hikari) {

		/**
		 * Leaves out the password.
		 */
		@Override
		public String toString() {
			return "Replica[weight=" + this.weight + "]";
		}

	}

	/**
	 * What reads may expect.
	 *
	 * @param defaultLevel the level of a read-only transaction that names none
	 * @param maxStaleness a replica that can't be shown to be fresher than this serves
	 * nobody
	 * @param fenceWait how long a read may wait for a replica to catch up before it goes
	 * to the primary
	 */
	public record Consistency(@DefaultValue("session") ConsistencyLevel defaultLevel,
			@DefaultValue("10s") Duration maxStaleness, @DefaultValue("0ms") Duration fenceWait) {

	}

	/**
	 * What runs where.
	 *
	 * @param autocommitReads where a query outside a transaction runs: with replica, a
	 * plain SELECT may run on a replica at the current level
	 * @param writingFunctions names, without schema, of functions of the application that
	 * write or have another effect: a query that names one runs on the primary
	 */
	public record Routing(@DefaultValue("primary") AutocommitReads autocommitReads,
			@DefaultValue Set<String> writingFunctions) {

		/**
		 * Create properties.
		 */
		public Routing {
			writingFunctions = writingFunctions.stream()
				.map((name) -> name.toLowerCase(Locale.ROOT))
				.collect(Collectors.toUnmodifiableSet());
		}

		/**
		 * Where a query outside a transaction runs.
		 */
		public enum AutocommitReads {

			/** On the primary. */
			PRIMARY,

			/** On a replica where the level allows it. */
			REPLICA

		}

	}

	/**
	 * Reads that wanted a replica and use the primary.
	 *
	 * @param maxConcurrent how many reads that wanted a replica may use the primary at
	 * one time; half of the primary's pool if not set
	 * @param maxWait how long such a read waits for its turn before it fails with
	 * ReadConsistencyUnavailableException
	 */
	public record PrimaryFallback(@Nullable Integer maxConcurrent, @DefaultValue("1s") Duration maxWait) {

	}

	/**
	 * How it is remembered who wrote when.
	 *
	 * @param store where markers are kept; with auto, Redis where the application has it,
	 * else memory with one warning
	 * @param mode what a marker says; with lsn, a WAL position; with window, that its
	 * user wrote within its life, for databases that hide their WAL
	 * @param ttl the life of a marker, a duration that must exceed
	 * tidemark.consistency.max-staleness; with auto it does, by twice the largest lag of
	 * a replica in rotation and a second at least
	 * @param keyPrefix the start of every key in Redis
	 * @param timeout the time limit of one marker operation
	 */
	public record Marker(@DefaultValue("auto") Store store, @DefaultValue("lsn") Mode mode,
			@DefaultValue("60s") String ttl, @DefaultValue("tidemark") String keyPrefix,
			@DefaultValue("50ms") Duration timeout) {

		/**
		 * What a marker says.
		 */
		public enum Mode {

			/** Up to which WAL position its user has written. */
			LSN,

			/** That its user has written within its life. */
			WINDOW

		}

		/**
		 * Where markers are kept.
		 */
		public enum Store {

			/** Redis where the application has it, else memory. */
			AUTO,

			/** The application's Redis. */
			REDIS,

			/** The memory of this process: right for a single instance. */
			MEMORY

		}

	}

	/**
	 * How replicas are watched.
	 *
	 * @param interval how often the position of each server is sampled
	 */
	public record Monitor(@DefaultValue("100ms") Duration interval) {

	}

	/**
	 * What requests and responses carry.
	 *
	 * @param enabled whether each servlet request is a session
	 * @param exposeRouting whether response headers say where reads ran, why, and how
	 * stale they were at most: Tidemark-Served-By, Tidemark-Reason, Tidemark-Staleness-Ms
	 * @param allowReadFrom whether the request parameter read_from=primary sends the
	 * reads of a request to the primary
	 * @param token the session token
	 */
	public record Web(@DefaultValue("true") boolean enabled, @DefaultValue("false") boolean exposeRouting,
			@DefaultValue("false") boolean allowReadFrom, @DefaultValue Token token) {

		/**
		 * The session token.
		 *
		 * @param enabled whether requests and responses carry session tokens
		 * @param secret the key that signs session tokens, 32 bytes or more, the same on
		 * all instances; random for each process if not set
		 * @param previousSecrets keys that are still accepted and sign nothing any more,
		 * to change the secret without loss
		 * @param cookieName the name of the cookie; with HTTPS everywhere a name that
		 * begins with __Host- is right
		 * @param sendTo hosts that calls by RestClient, RestTemplate and WebClient send
		 * the token to, and whose answers' token is taken over; *.example.com stands for
		 * all hosts in that domain; none if empty
		 */
		public record Token(@DefaultValue("true") boolean enabled, @Nullable String secret,
				@DefaultValue List<String> previousSecrets, @DefaultValue("tidemark") String cookieName,
				@DefaultValue List<String> sendTo) {

			/**
			 * Leaves out the secret.
			 */
			@Override
			public String toString() {
				return "Token[]";
			}

		}

	}

	/**
	 * What messages carry.
	 *
	 * @param enabled whether messages by Kafka, RabbitMQ and JMS carry the session token,
	 * and listeners continue the session
	 */
	public record Messaging(@DefaultValue("true") boolean enabled) {

	}

	/**
	 * What the log shows.
	 *
	 * @param mdc whether the MDC keys tidemark.target and tidemark.reason tell during a
	 * transaction where it runs and why
	 */
	public record Logging(@DefaultValue("false") boolean mdc) {

	}

}
