package example;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

import org.springframework.core.io.ClassPathResource;

/**
 * A headless Chromium, as it is installed: nothing is downloaded.
 */
final class Browser implements AutoCloseable {

	private static final String[] NAMES = { "chromium", "chromium-browser", "google-chrome" };

	private final ChromeDriver driver;

	Browser() {
		ChromeOptions options = new ChromeOptions();
		options.setBinary(installed(NAMES).orElseThrow().toFile());
		options.addArguments("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync");
		if ("root".equals(System.getProperty("user.name"))) {
			// Chromium refuses to run as root in its sandbox.
			options.addArguments("--no-sandbox");
		}
		this.driver = new ChromeDriver(new ChromeDriverService.Builder()
			.usingDriverExecutable(installed("chromedriver").orElseThrow().toFile())
			.usingAnyFreePort()
			.build(), options);
	}

	static boolean isInstalled() {
		return installed(NAMES).isPresent() && installed("chromedriver").isPresent();
	}

	private static Optional<Path> installed(String... names) {
		String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
		return Arrays.stream(names)
			.flatMap((name) -> Arrays.stream(path.split(File.pathSeparator)).map((folder) -> Path.of(folder, name)))
			.filter(Files::isExecutable)
			.findFirst();
	}

	void open(String address) {
		this.driver.get(address);
	}

	/**
	 * A window of this width in CSS pixels, also below what a desktop's window can be.
	 */
	void width(int pixels) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", pixels, "height", 800, "deviceScaleFactor", 1, "mobile", pixels < 600));
	}

	/**
	 * Ask for {@code dark} or {@code light}, as the user's system does.
	 */
	void colorScheme(String scheme) {
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
	}

	WebElement find(String selector) {
		return this.driver.findElement(By.cssSelector(selector));
	}

	String text(String selector) {
		return find(selector).getText();
	}

	void press(CharSequence... keys) {
		new Actions(this.driver).sendKeys(keys).perform();
	}

	WebElement focused() {
		return this.driver.switchTo().activeElement();
	}

	@Nullable Object run(String script, Object... arguments) {
		return this.driver.executeScript(script, arguments);
	}

	/**
	 * What axe finds wrong on the page, as text, empty if nothing.
	 */
	@Nullable Object accessibilityViolations() {
		this.driver.executeScript(axe());
		return this.driver.executeAsyncScript("""
				const done = arguments[arguments.length - 1]
				axe.run().then(result => done(result.violations.map(violation => violation.id + ': ' + violation.help
					+ violation.nodes.map(node => '\\n  ' + node.html + ' ' + node.failureSummary).join(''))),
					error => done([String(error)]))""");
	}

	private static String axe() {
		try {
			return new ClassPathResource("axe.min.js").getContentAsString(StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * What the page has complained of since this was last asked.
	 */
	List<String> complaints() {
		return this.driver.manage().logs().get(LogType.BROWSER).getAll().stream().map(LogEntry::getMessage).toList();
	}

	/**
	 * Keep a picture of the page for people, from its top to its end.
	 */
	void screenshot(Path file) {
		try {
			Files.createDirectories(file.getParent());
			Object png = this.driver.executeCdpCommand("Page.captureScreenshot", Map.of("captureBeyondViewport", true))
				.get("data");
			Files.write(file, Base64.getDecoder().decode(String.valueOf(png)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}
