package dev.tidemark.autoconfigure;

import java.io.IOException;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import dev.tidemark.autoconfigure.TidemarkProperties.Replica;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.ClassUtils;

/**
 * The properties as the metadata has them, as a table. What is below a replica's name is
 * not in the metadata: that is read from {@link Replica} and its source.
 */
final class ConfigurationReference {

	private static final Path METADATA = Path.of("target/classes/META-INF/spring-configuration-metadata.json");

	private static final Path SOURCE = Path.of("src/main/java/dev/tidemark/autoconfigure/TidemarkProperties.java");

	private static final String REPLICAS = "tidemark.replicas";

	private ConfigurationReference() {
	}

	static List<Property> read() throws IOException {
		List<Property> properties = new ArrayList<>(replicas());
		for (JsonNode property : JsonMapper.shared().readTree(Files.readString(METADATA)).get("properties")) {
			String name = property.get("name").asString();
			if (!name.equals(REPLICAS)) {
				properties.add(new Property(name, type(property.get("type").asString()),
						property.path("defaultValue").asString(""), property.path("description").asString("")));
			}
		}
		properties.sort(Comparator.comparing(Property::name));
		return properties;
	}

	static String table(List<Property> properties) {
		return "\n| property | type | default | meaning |\n|---|---|---|---|\n"
				+ properties.stream().map(Property::row).collect(Collectors.joining()) + "\n";
	}

	private static List<Property> replicas() throws IOException {
		Map<String, String> descriptions = descriptions();
		return Arrays.stream(Replica.class.getDeclaredConstructors()[0].getParameters())
			.map((parameter) -> replica(parameter, descriptions.getOrDefault(parameter.getName(), "")))
			.toList();
	}

	private static Property replica(Parameter parameter, String description) {
		boolean many = Map.class.isAssignableFrom(parameter.getType());
		Class<?> type = many ? String.class : ClassUtils.resolvePrimitiveIfNecessary(parameter.getType());
		DefaultValue value = parameter.getAnnotation(DefaultValue.class);
		return new Property(REPLICAS + ".<name>." + parameter.getName() + (many ? ".*" : ""), type.getSimpleName(),
				(value != null) ? String.join(",", value.value()) : "", description);
	}

	private static Map<String, String> descriptions() throws IOException {
		String source = Files.readString(SOURCE);
		String before = source.substring(0, source.indexOf("record Replica("));
		String comment = before.substring(before.lastIndexOf("/**")).replaceAll("\\s*\\*/?\\s*", " ");
		return Pattern.compile("@param (\\w+) ([^@]+)")
			.matcher(comment)
			.results()
			.collect(Collectors.toMap((param) -> param.group(1), (param) -> withoutModifier(param.group(2))));
	}

	private static String withoutModifier(String description) {
		Matcher modifier = Pattern.compile("\\s*(public )?$").matcher(description);
		return modifier.replaceFirst("");
	}

	private static String type(String name) {
		Class<?> type = ClassUtils.resolveClassName(name.replaceFirst("<.*", ""), null);
		if (type.isEnum()) {
			return Arrays.stream(type.getEnumConstants())
				.map((constant) -> "`" + constant.toString().toLowerCase(Locale.ROOT).replace('_', '-') + "`")
				.collect(Collectors.joining(", "));
		}
		return type.getSimpleName();
	}

	/**
	 * A property.
	 *
	 * @param name its name, with {@code <name>} in place of a replica's
	 * @param type a simple name, or the values of an enum
	 * @param defaultValue its default, or nothing
	 * @param description what it means
	 */
	record Property(String name, String type, String defaultValue, String description) {

		private String row() {
			String shown = this.defaultValue.isEmpty() ? "–" : "`" + this.defaultValue + "`";
			return "| `" + this.name + "` | " + this.type + " | " + shown + " | "
					+ this.description.replace("|", "\\|").replace("\n", " ") + " |\n";
		}

	}

}
