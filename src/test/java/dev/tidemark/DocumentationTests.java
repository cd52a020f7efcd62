package dev.tidemark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.tidemark.routing.Reason;
import dev.tidemark.session.SessionTokens.Rejection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Links within the documentation lead somewhere, and every page is linked.
 */
class DocumentationTests {

	private static final Path ROOT = Path.of("").toAbsolutePath();

	private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$");

	private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

	private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+?) *$");

	static List<Path> pages() throws IOException {
		try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
			return Stream
				.concat(Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CHANGELOG.md")),
						docs.filter((file) -> file.toString().endsWith(".md")))
				.toList();
		}
	}

	@ParameterizedTest
	@MethodSource("pages")
	void linksLeadSomewhere(Path page) {
		assertThat(links(page)).allSatisfy((link) -> {
			Path target = target(page, link);
			assertThat(target).as(link).exists();
			int anchor = link.indexOf('#');
			if (anchor >= 0) {
				assertThat(anchors(target)).as(link).contains(link.substring(anchor + 1));
			}
		});
	}

	@Test
	void readmeLinksEveryPage() throws IOException {
		Path readme = ROOT.resolve("README.md");
		Set<Path> linked = links(readme).stream().map((link) -> target(readme, link)).collect(Collectors.toSet());
		assertThat(linked).containsAll(pages().stream().filter((page) -> !page.equals(readme)).toList());
	}

	@Test
	void everythingThatOperatorsSeeIsExplained() {
		assertThat(text(ROOT.resolve("docs/operations.md")))
			.contains(Arrays.stream(Reason.values()).map((reason) -> "`" + reason.tag() + "`").toList())
			.contains(Arrays.stream(Rejection.values())
				.map((rejection) -> "| `" + rejection.name().toLowerCase(Locale.ROOT) + "` |")
				.toList());
	}

	private static List<String> links(Path page) {
		return LINK.matcher(text(page))
			.results()
			.map((link) -> link.group(1))
			.filter((link) -> !link.matches("[a-z]+:.*"))
			.toList();
	}

	private static Path target(Path page, String link) {
		String file = link.replaceFirst("#.*", "");
		return file.isEmpty() ? page : page.resolveSibling(file).normalize();
	}

	/**
	 * As GitHub makes them.
	 */
	private static Set<String> anchors(Path page) {
		return HEADING.matcher(text(page))
			.results()
			.map((heading) -> heading.group(1)
				.toLowerCase(Locale.ROOT)
				.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
				.replaceAll("[^\\p{L}\\p{N}_ -]", "")
				.replace(' ', '-'))
			.collect(Collectors.toSet());
	}

	private static String text(Path page) {
		try {
			return CODE.matcher(Files.readString(page)).replaceAll("");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
