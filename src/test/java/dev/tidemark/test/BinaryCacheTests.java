package dev.tidemark.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link BinaryCache}.
 */
class BinaryCacheTests {

	private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);

	@TempDir
	@SuppressWarnings("NullAway.Init")
	private Path folder;

	private final AtomicInteger unpacked = new AtomicInteger();

	@SuppressWarnings("NullAway.Init")
	private BinaryCache cache;

	@BeforeEach
	void createCache() throws IOException {
		this.cache = new BinaryCache(UserFolder.open(this.folder));
	}

	@Test
	void sameContentIsUnpackedOnce() throws IOException {
		Path first = install();
		assertThat(install()).isEqualTo(first);
		assertThat(first.resolve("lib/file")).hasContent("content");
		assertThat(this.unpacked).hasValue(1);
	}

	@Test
	void otherContentIsUnpackedElsewhere() throws IOException {
		Path first = install();
		Path other = this.cache.install("name", "other".getBytes(StandardCharsets.UTF_8), this::unpack);
		assertThat(other).isNotEqualTo(first);
		assertThat(other.resolve("lib/file")).hasContent("other");
	}

	@Test
	void whatACleanerHasRemovedIsRestored() throws IOException {
		Path first = install();
		Files.delete(first.resolve("lib/file"));
		assertThat(install()).isEqualTo(first);
		assertThat(first.resolve("lib/file")).hasContent("content");
		assertThat(this.unpacked).hasValue(2);
	}

	@Test
	void failedUnpackingLeavesNothing() throws IOException {
		assertThatIOException().isThrownBy(() -> this.cache.install("name", CONTENT, (content, target) -> {
			unpack(content, target);
			throw new IOException("No space left on device");
		}));
		assertThat(install().resolve("lib/file")).hasContent("content");
		try (Stream<Path> leftovers = Files.list(UserFolder.open(this.folder).path().resolve("run"))) {
			assertThat(leftovers).isEmpty();
		}
	}

	@Test
	void severalInstallAtOnce() {
		Set<Path> installed = ConcurrentHashMap.newKeySet();
		IntStream.range(0, 16).parallel().forEach((i) -> {
			try {
				installed.add(install());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
		assertThat(installed).singleElement()
			.satisfies((path) -> assertThat(path.resolve("lib/file")).hasContent("content"));
	}

	private Path install() throws IOException {
		return this.cache.install("name", CONTENT, this::unpack);
	}

	private void unpack(byte[] content, Path target) throws IOException {
		this.unpacked.incrementAndGet();
		Files.write(Files.createDirectory(target.resolve("lib")).resolve("file"), content);
	}

}
