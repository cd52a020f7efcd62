package dev.tidemark.model;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;

import org.jspecify.annotations.Nullable;

/**
 * The content of a production object that changes in place, as an immutable value: so a
 * model can go back to it, and can tell whether it was there before. Knows fields of
 * immutable types, collections of them, locks, and objects of our own with such fields.
 */
final class Frozen {

	private static final Map<Class<?>, List<Field>> FIELDS = new ConcurrentHashMap<>();

	private static final Map<Class<?>, RecordComponent[]> COMPONENTS = new ConcurrentHashMap<>();

	/**
	 * What says when a server was asked. It is compared with other samples of the same
	 * server only.
	 */
	private static final Set<String> SAMPLING = Set.of("requestedAt", "answeredAt", "sampledAt");

	private final @Nullable Object[] content;

	private final long[] words;

	private Frozen(@Nullable Object[] content) {
		this.content = content;
		Words encoded = new Words();
		for (Object value : content) {
			encode(value, encoded);
		}
		this.words = encoded.toArray();
	}

	/**
	 * Copy an object's content.
	 * @param live the object
	 * @return its content
	 */
	static Frozen of(Object live) {
		List<Field> fields = fields(live.getClass());
		@Nullable Object[] content = new @Nullable Object[fields.size()];
		for (int i = 0; i < content.length; i++) {
			content[i] = copy(get(fields.get(i), live));
		}
		return new Frozen(content);
	}

	/**
	 * Make an object what the copied one was.
	 * @param live the object, of the same class
	 */
	void pourInto(Object live) {
		List<Field> fields = fields(live.getClass());
		for (int i = 0; i < this.content.length; i++) {
			pour(fields.get(i), this.content[i], live);
		}
	}

	/**
	 * Return the content as numbers: equal if the contents are equal.
	 * @return not to be changed
	 */
	long[] words() {
		return this.words;
	}

	@SuppressWarnings("unchecked")
	private static void pour(Field field, @Nullable Object value, Object live) {
		Object target = get(field, live);
		if (value instanceof Frozen nested && target != null) {
			nested.pourInto(target);
		}
		else if (value instanceof Map<?, ?> map && target instanceof Map<?, ?>) {
			((Map<Object, Object>) target).clear();
			((Map<Object, Object>) target).putAll(map);
		}
		else if (value instanceof Collection<?> items && target instanceof Collection<?>) {
			((Collection<Object>) target).clear();
			((Collection<Object>) target).addAll(items);
		}
		else if (!Modifier.isFinal(field.getModifiers())) {
			set(field, value, live);
		}
	}

	private static @Nullable Object copy(@Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			return new LinkedHashMap<>(map);
		}
		if (value instanceof Collection<?> items) {
			return new ArrayList<>(items);
		}
		return (value != null && isOurs(value)) ? of(value) : value;
	}

	private static boolean isOurs(Object value) {
		return value.getClass().getName().startsWith("dev.tidemark.") && !(value instanceof Record)
				&& !(value instanceof Enum<?>);
	}

	static void encode(@Nullable Object value, Words to) {
		if (value == null) {
			to.add(-1);
		}
		else if (value instanceof Number number) {
			to.add(number.longValue());
		}
		else if (value instanceof Boolean truth) {
			to.add(truth ? 1 : 0);
		}
		else if (value instanceof Enum<?> constant) {
			to.add(constant.ordinal());
		}
		else if (value instanceof Frozen nested) {
			to.addAll(nested.words);
		}
		else if (value instanceof Map<?, ?> map) {
			to.add(map.size());
			map.forEach((key, item) -> {
				encode(key, to);
				encode(item, to);
			});
		}
		else if (value instanceof Collection<?> items) {
			to.add(items.size());
			items.forEach((item) -> encode(item, to));
		}
		else if (value instanceof Record) {
			for (RecordComponent component : components(value.getClass())) {
				int at = to.size();
				encode(get(component, value), to);
				if (SAMPLING.contains(component.getName())) {
					to.markAsSampling(at);
				}
			}
		}
		else if (value instanceof CharSequence || value instanceof java.time.Duration) {
			to.add(value.hashCode());
		}
		else {
			throw new IllegalArgumentException("The model can't keep a " + value.getClass());
		}
	}

	private static RecordComponent[] components(Class<?> type) {
		return COMPONENTS.computeIfAbsent(type, (key) -> {
			RecordComponent[] components = key.getRecordComponents();
			Arrays.stream(components).forEach((component) -> component.getAccessor().setAccessible(true));
			return components;
		});
	}

	private static List<Field> fields(Class<?> type) {
		return FIELDS.computeIfAbsent(type, (key) -> {
			List<Field> fields = Arrays.stream(key.getDeclaredFields())
				.filter((field) -> !Modifier.isStatic(field.getModifiers())
						&& !Lock.class.isAssignableFrom(field.getType()))
				.toList();
			fields.forEach((field) -> field.setAccessible(true));
			return fields;
		});
	}

	private static @Nullable Object get(RecordComponent component, Object from) {
		try {
			return component.getAccessor().invoke(from);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static @Nullable Object get(Field field, Object from) {
		try {
			return field.get(from);
		}
		catch (IllegalAccessException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void set(Field field, @Nullable Object value, Object to) {
		try {
			field.set(to, value);
		}
		catch (IllegalAccessException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
