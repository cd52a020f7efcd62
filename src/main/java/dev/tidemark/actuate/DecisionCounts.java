package dev.tidemark.actuate;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

import dev.tidemark.routing.Decision;
import dev.tidemark.routing.RoutingListener;

/**
 * Counts decisions since the start, by target and reason. Thread-safe.
 */
public final class DecisionCounts implements RoutingListener {

	private final ConcurrentMap<String, ConcurrentMap<String, LongAdder>> counts = new ConcurrentHashMap<>();

	@Override
	public void onDecision(Decision decision) {
		this.counts.computeIfAbsent(decision.target(), (target) -> new ConcurrentHashMap<>())
			.computeIfAbsent(decision.reason().tag(), (reason) -> new LongAdder())
			.increment();
	}

	Map<String, Map<String, Long>> byTargetAndReason() {
		Map<String, Map<String, Long>> result = new TreeMap<>();
		this.counts.forEach((target, reasons) -> {
			Map<String, Long> byReason = new TreeMap<>();
			reasons.forEach((reason, count) -> byReason.put(reason, count.sum()));
			result.put(target, byReason);
		});
		return result;
	}

}
