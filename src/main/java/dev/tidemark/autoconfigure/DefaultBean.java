package dev.tidemark.autoconfigure;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;

/**
 * The bean of a type that an injection point without a qualifier gets, told from the
 * definitions, without making a bean.
 */
final class DefaultBean {

	private final ConfigurableListableBeanFactory beanFactory;

	private final List<String> candidates;

	private DefaultBean(ConfigurableListableBeanFactory beanFactory, List<String> candidates) {
		this.beanFactory = beanFactory;
		this.candidates = candidates;
	}

	static DefaultBean of(Class<?> type, ConfigurableListableBeanFactory beanFactory) {
		DefaultBean all = new DefaultBean(beanFactory,
				Arrays.asList(beanFactory.getBeanNamesForType(type, true, false)));
		return new DefaultBean(beanFactory,
				all.candidatesThatAre((definition) -> definition.isAutowireCandidate() && !definition.isFallback()));
	}

	/**
	 * Return the names of all beans that compete.
	 */
	List<String> candidates() {
		return this.candidates;
	}

	/**
	 * Return the name of the bean.
	 * @return the name, {@code null} if there is none or there are several
	 */
	@Nullable String name() {
		String only = only(this.candidates);
		String primary = (only != null) ? only : only(primaries());
		return (primary != null) ? primary : only(candidatesThatAre(AbstractBeanDefinition::isDefaultCandidate));
	}

	private List<String> primaries() {
		return this.candidates.stream()
			.filter(this.beanFactory::containsBeanDefinition)
			.filter((name) -> this.beanFactory.getMergedBeanDefinition(name).isPrimary())
			.toList();
	}

	/**
	 * A bean that was registered as an object has no definition, and is what they are by
	 * default.
	 */
	private List<String> candidatesThatAre(Predicate<AbstractBeanDefinition> predicate) {
		return this.candidates.stream()
			.filter((name) -> !this.beanFactory.containsBeanDefinition(name)
					|| predicate.test((AbstractBeanDefinition) this.beanFactory.getMergedBeanDefinition(name)))
			.toList();
	}

	private static @Nullable String only(List<String> names) {
		return (names.size() == 1) ? names.get(0) : null;
	}

}
