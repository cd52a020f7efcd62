package dev.tidemark.fault.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Writes what was measured as a page.
 */
final class FaultTable {

	private FaultTable() {
	}

	static void write(Path file, long seed, boolean lasting, List<Line> lines) throws IOException {
		StringBuilder page = new StringBuilder(introduction(seed, lasting));
		page.append("| # | fault | s | requests | failed reads | refused reads | failed writes | slowest read, ms "
				+ "| mean read, ms | slowest write, ms | violations | lost, repeated writes | primary share | full offload after, s |\n");
		page.append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
		lines.forEach((line) -> page.append(protectedLine(line)));
		page.append("\nThe same with one mechanism switched off:\n\n");
		page.append("| # | switched off | failed reads | slowest read, ms | mean read, ms | violations "
				+ "| full offload after, s |\n");
		page.append("|---|---|--:|--:|--:|--:|--:|\n");
		lines.forEach((line) -> page.append((line.off() != null) ? unprotectedLine(line.row(), line.off()) : ""));
		Files.createDirectories(file.toAbsolutePath().getParent());
		Files.writeString(file, page);
	}

	private static String introduction(long seed, boolean lasting) throws IOException {
		try (InputStream text = Objects.requireNonNull(FaultTable.class.getResourceAsStream("faults.md"))) {
			return new String(text.readAllBytes(), StandardCharsets.UTF_8).replace("{seed}", Long.toString(seed))
				.replace("{length}", lasting ? "in full length" : "brief, each fault lasts some seconds")
				.replace("{date}", LocalDate.now().toString())
				.replace("{machine}", Runtime.getRuntime().availableProcessors() + " cores, Java "
						+ System.getProperty("java.version"));
		}
	}

	private static String protectedLine(Line line) {
		Measured on = line.on();
		return String.format(Locale.ROOT,
				"| %s | %s | %d | %d | %d | %d | %d | %d | %.1f | %d | %d | %d, %d | %.1f %% | %s |%n",
				line.row().number(), line.row().name(), line.lasted().toSeconds(), on.requests(),
				on.failedReads().size(), on.refusedReads(), on.failedWrites().size(), on.slowestRead().toMillis(),
				millis(on.meanRead()), on.slowestWrite().toMillis(), on.violations().size(), on.lost(), on.repeated(),
				100 * on.primaryShare(), recovery(on));
	}

	static String recovery(Measured measured) {
		return measured.recovery().isPresent()
				? String.format(Locale.ROOT, "%.2f", measured.recovery().getAsLong() / 1e9) : "never";
	}

	private static String unprotectedLine(Row row, Measured off) {
		return String.format(Locale.ROOT, "| %s | %s | %d | %d | %.1f | %d | %s |%n", row.number(), row.mechanism(),
				off.failedReads().size(), off.slowestRead().toMillis(), millis(off.meanRead()), off.violations().size(),
				recovery(off));
	}

	private static double millis(Duration duration) {
		return duration.toNanos() / 1e6;
	}

	/**
	 * A line of the table.
	 *
	 * @param row what broke
	 * @param lasted for how long
	 * @param on what came of it
	 * @param off what came of it with the mechanism switched off
	 */
	record Line(Row row, Duration lasted, Measured on, @Nullable Measured off) {

	}

}
