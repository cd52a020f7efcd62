package dev.tidemark.actuate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/**
 * Takes the replicas' pools out of Spring Boot's {@code db} health, which would be down
 * when only a replica is. Their state is in the health of {@code replication}.
 */
public final class ReplicaPoolsOutOfHealth implements BeanPostProcessor {

	private final Set<String> replicaPools;

	/**
	 * Create the post-processor.
	 * @param replicaPools the names of the replicas' pools
	 */
	public ReplicaPoolsOutOfHealth(Set<String> replicaPools) {
		this.replicaPools = Set.copyOf(replicaPools);
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (beanName.equals("dbHealthContributor") && bean instanceof CompositeHealthContributor composite)
				? withoutReplicas(composite) : bean;
	}

	private HealthContributor withoutReplicas(CompositeHealthContributor composite) {
		Map<String, HealthContributor> kept = new LinkedHashMap<>();
		composite.stream()
			.filter((entry) -> !this.replicaPools.contains(entry.name()))
			.forEach((entry) -> kept.put(entry.name(), entry.contributor()));
		return (kept.size() == 1) ? kept.values().iterator().next() : CompositeHealthContributor.fromMap(kept);
	}

}
