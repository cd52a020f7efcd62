package dev.tidemark.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.aop.AnnotationCheck;
import dev.tidemark.aop.ConsistencyAdvisor;
import dev.tidemark.autoconfigure.TidemarkProperties.Marker;
import dev.tidemark.autoconfigure.TidemarkProperties.Replica;
import dev.tidemark.logging.RoutingMdc;
import dev.tidemark.marker.MarkerListener;
import dev.tidemark.marker.MarkerStore;
import dev.tidemark.marker.Markers;
import dev.tidemark.routing.RoutingEngine;
import dev.tidemark.routing.RoutingListener;
import dev.tidemark.routing.RoutingSettings;
import dev.tidemark.session.SessionContext;
import dev.tidemark.session.SessionTokens;
import dev.tidemark.wal.JdbcServerProbe;
import dev.tidemark.wal.Positions;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerProbe;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.core.env.Environment;

/**
 * Registers the replicas' pools and what routes to them, if there is a replica.
 */
final class RoutingBeans implements BeanRegistrar {

	private static final Log logger = LogFactory.getLog(RoutingBeans.class);

	/**
	 * HikariCP tells the size of a pool that is not set only after its start.
	 */
	private static final int HIKARI_DEFAULT_SIZE = 10;

	/**
	 * How long the start waits for servers that do not answer.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(2);

	private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);

	/**
	 * How often a marker store that failed is asked again. It does not depend on a
	 * setting, because instances rely on each other there.
	 */
	private static final Duration STORE_INTERVAL = Duration.ofMillis(100);

	/**
	 * Such an interval, a connection that is opened anew, which takes up to 150 ms, and
	 * some delay of a busy machine.
	 */
	private static final Duration STORE_GRACE = Duration.ofMillis(400);

	@Override
	public void register(BeanRegistry registry, Environment environment) {
		if (!Activation.isEnabled(environment)) {
			logger.info("Tidemark is not in use: tidemark.enabled is false");
			return;
		}
		Set<String> replicas = Activation.replicas(environment);
		if (replicas.isEmpty()) {
			logger.info("Tidemark is not in use: no replica is configured (tidemark.replicas.<name>.url)");
			return;
		}
		replicas.forEach((name) -> registry.registerBean(Activation.poolBeanName(name), HikariDataSource.class,
				(spec) -> spec.fallback().supplier((context) -> pool(name, context))));
		registry.registerBean("tidemarkRoutingDataSourcePostProcessor", RoutingDataSourcePostProcessor.class,
				(spec) -> spec.infrastructure().supplier((context) -> new RoutingDataSourcePostProcessor()));
		registry.registerBean("tidemarkReplicationMonitor", ReplicationMonitor.class,
				(spec) -> spec.supplier((context) -> monitor(replicas, context)));
		registry.registerBean("tidemarkMarkerStore", MarkerStore.class, (spec) -> spec.fallback()
			.supplier((context) -> MarkerStores.choose(properties(context).marker(), context)));
		registry.registerBean("tidemarkMarkers", Markers.class, (spec) -> spec.supplier(RoutingBeans::markers));
		registry.registerBean("tidemarkRoutingEngine", RoutingEngine.class,
				(spec) -> spec.supplier((context) -> engine(replicas, context)));
		if (environment.getProperty("tidemark.logging.mdc", Boolean.class, false)) {
			registry.registerBean("tidemarkRoutingMdc", RoutingMdc.class,
					(spec) -> spec.supplier((context) -> new RoutingMdc()));
		}
		registry.registerBean("tidemarkConsistencyAdvisor", ConsistencyAdvisor.class,
				(spec) -> spec.infrastructure()
					.supplier((context) -> new ConsistencyAdvisor(context.bean(SessionContext.class),
							(topics) -> context.bean(RoutingEngine.class).wroteAbout(topics))));
		registry.registerBean("tidemarkJtaCheck", JtaCheck.class,
				(spec) -> spec.infrastructure().supplier((context) -> new JtaCheck()));
		registry.registerBean("tidemarkAnnotationCheck", AnnotationCheck.class,
				(spec) -> spec.infrastructure().supplier((context) -> new AnnotationCheck()));
	}

	private static TidemarkProperties properties(SupplierContext context) {
		return context.bean(TidemarkProperties.class);
	}

	private static HikariDataSource primary(SupplierContext context) {
		return context.bean(RoutingDataSourcePostProcessor.class).pool();
	}

	private static HikariDataSource pool(String name, SupplierContext context) {
		TidemarkProperties properties = properties(context);
		ConfigurationCheck.check(properties);
		Replica replica = properties.replicas().get(name);
		if (replica == null) {
			throw new IllegalStateException("the replica '" + name + "' is not in " + properties.replicas().keySet());
		}
		return ReplicaPools.create(name, replica, primary(context), context.bean(Environment.class));
	}

	private static Map<String, HikariDataSource> pools(Set<String> replicas, SupplierContext context) {
		Map<String, HikariDataSource> pools = new LinkedHashMap<>();
		replicas.forEach((name) -> pools.put(name,
				ReplicaPools.replica(context.bean(Activation.poolBeanName(name), DataSource.class))));
		return pools;
	}

	private static ReplicationMonitor monitor(Set<String> replicas, SupplierContext context) {
		ConfigurationCheck.check(primary(context));
		Map<String, ServerProbe> probes = new LinkedHashMap<>();
		Positions positions = positions(properties(context));
		pools(replicas, context).forEach((name, pool) -> probes.put(name, probe(pool, positions)));
		ReplicationMonitor monitor = new ReplicationMonitor(probe(primary(context), positions), probes,
				properties(context).monitor().interval());
		monitor.start(PATIENCE);
		try {
			ConfigurationCheck.check(monitor.status());
		}
		catch (InvalidTidemarkConfigurationException ex) {
			monitor.close();
			throw ex;
		}
		return monitor;
	}

	private static ServerProbe probe(HikariDataSource pool, Positions positions) {
		return new JdbcServerProbe(ReplicaPools.unpooled(pool), PROBE_TIMEOUT, positions);
	}

	private static Positions positions(TidemarkProperties properties) {
		return (properties.marker().mode() == Marker.Mode.WINDOW) ? Positions.CLOCK : Positions.WAL;
	}

	private static int fallbackReads(SupplierContext context) {
		Integer set = properties(context).primaryFallback().maxConcurrent();
		int pool = primary(context).getMaximumPoolSize();
		return (set != null) ? set : Math.max(1, ((pool > 0) ? pool : HIKARI_DEFAULT_SIZE) / 2);
	}

	private static Supplier<Duration> ttl(SupplierContext context) {
		return MarkerTtl.of(properties(context), context.bean(ReplicationMonitor.class)::status);
	}

	private static Markers markers(SupplierContext context) {
		TidemarkProperties properties = properties(context);
		List<MarkerListener> listeners = context.beanProvider(MarkerListener.class).orderedStream().toList();
		Markers.Settings settings = new Markers.Settings(properties.marker().timeout(), ttl(context), STORE_INTERVAL,
				Markers.LONGEST_HOLD.minus(STORE_GRACE), STORE_GRACE);
		Markers markers = new Markers(context.bean(MarkerStore.class), settings,
				context.bean(ReplicationMonitor.class)::primaryPosition, (operation, outcome, duration) -> listeners
					.forEach((listener) -> listener.onMarkerOperation(operation, outcome, duration)));
		markers.start(PATIENCE);
		return markers;
	}

	private static SessionTokens tokens(TidemarkProperties properties) {
		TidemarkProperties.Web.Token token = properties.web().token();
		return (token.secret() != null) ? SessionTokens.under(token.secret(), token.previousSecrets())
				: SessionTokens.random(token.previousSecrets());
	}

	private static RoutingEngine engine(Set<String> replicas, SupplierContext context) {
		TidemarkProperties properties = properties(context);
		Map<String, Integer> weights = new LinkedHashMap<>();
		properties.replicas().forEach((name, replica) -> weights.put(name, replica.weight()));
		RoutingSettings settings = new RoutingSettings(properties.consistency().defaultLevel(),
				properties.consistency().maxStaleness(), properties.consistency().fenceWait(),
				properties.monitor().interval(), weights,
				properties.routing().autocommitReads() == TidemarkProperties.Routing.AutocommitReads.REPLICA,
				properties.routing().writingFunctions(), positions(properties),
				(properties.marker().mode() == Marker.Mode.WINDOW) ? ttl(context) : null, fallbackReads(context),
				properties.primaryFallback().maxWait());
		RoutingEngine engine = new RoutingEngine(primary(context), pools(replicas, context),
				context.bean(ReplicationMonitor.class), context.bean(Markers.class), tokens(properties),
				context.bean(SessionContext.class), settings,
				context.beanProvider(RoutingListener.class).orderedStream().toList());
		engine.startPools();
		return engine;
	}

}
