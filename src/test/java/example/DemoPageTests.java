package example;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The demo's page as people use it, in a browser, on real servers.
 */
@NeedsBrowser
class DemoPageTests {

	private static DemoServers servers;

	private static ConfigurableApplicationContext application;

	private static Browser browser;

	@BeforeAll
	static void start() {
		servers = DemoServers.start();
		application = DemoApplication.run(servers, "--server.port=0",
				// A busy machine must not make Redis look lost.
				"--tidemark.marker.timeout=2s");
		browser = new Browser();
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.close();
		}
		if (application != null) {
			application.close();
		}
		if (servers != null) {
			servers.close();
		}
	}

	@BeforeEach
	void open() {
		makeWell();
		browser.width(1280);
		browser.colorScheme("light");
		openPage();
		for (PostgresReplica replica : servers.postgres().replicas()) {
			await().until(() -> "serves".equals(browser.text("[data-replica=" + replica.name() + "] .state")));
		}
	}

	private static void openPage() {
		openPage(application);
	}

	private static void openPage(ConfigurableApplicationContext instance) {
		browser.open("http://localhost:" + instance.getEnvironment().getRequiredProperty("local.server.port"));
	}

	private static void makeWell() {
		if (!servers.redis().isRunning()) {
			servers.redis().restart();
		}
		for (PostgresReplica replica : servers.postgres().replicas()) {
			replica.start();
			replica.resumeReplay();
			replica.delayReplay(Duration.ZERO);
		}
	}

	private static void lab(String path) {
		browser.run("document.querySelector('#answer').textContent = ''");
		browser.find("[data-lab='" + path + "']").click();
		await().until(() -> !browser.text("#answer").isEmpty() && !browser.text("#answer").endsWith("…"));
		awaitIdle();
	}

	private static void awaitIdle() {
		await().until(() -> isTrue("return document.querySelector('[aria-disabled=true]') === null"));
	}

	private static void awaitText(String selector, String text) {
		await().untilAsserted(() -> assertThat(browser.text(selector)).startsWith(text));
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofMinutes(1));
	}

	private static boolean isTrue(String script) {
		return Boolean.TRUE.equals(browser.run(script));
	}

	/**
	 * A part of what one side shows of the last read as a user.
	 */
	private static String read(String side, String user, String part) {
		return browser.text("#" + side + " [data-slot=" + user + "] ." + part);
	}

	private static void playStory() {
		browser.find("#play").click();
		awaitStoryPlayed();
	}

	private static void awaitStoryPlayed() {
		awaitText("#told", "alice reads. Without Tidemark: STALE");
		awaitIdle();
	}

	@Test
	void storyShowsStaleReadOnLeftAndFreshOnRight() throws Exception {
		playStory();
		assertThat(read("naive", "alice", "verdict")).isEqualTo("STALE: alice's own last post is missing.");
		assertThat(read("naive", "alice", "server")).startsWith("replica");
		assertThat(read("naive", "alice", "reason")).startsWith("random");
		assertThat(read("naive", "alice", "bound")).isEqualTo("not known");
		assertThat(read("naive", "alice", "posts")).doesNotContain(read("tidemark", "alice", "posts li:first-child"));
		assertThat(read("tidemark", "alice", "verdict")).isEqualTo("FRESH: alice's own last post is here.");
		assertThat(read("tidemark", "alice", "server")).isEqualTo("primary");
		assertThat(read("tidemark", "alice", "reason")).startsWith("recent-write");
		assertThat(read("tidemark", "alice", "posts")).contains("while the replicas stand still");
		assertThat(isLeftOf("#naive", "#tidemark")).isTrue();
		for (PostgresReplica replica : servers.postgres().replicas()) {
			assertThat(lastPost(replica)).isLessThan(lastPost(servers.postgres().primary()));
		}
	}

	private static long lastPost(PostgresServer server) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("select max(id) from post")) {
			row.next();
			return row.getLong(1);
		}
	}

	@Test
	void storyLetsOtherUserReadReplicaAndEndsWithBothOnReplicas() {
		playStory();
		assertThat(read("tidemark", "bob", "server")).startsWith("replica");
		assertThat(read("tidemark", "bob", "reason")).startsWith("no-recent-write");
		assertThat(read("tidemark", "bob", "bound")).matches("\\d+ ms");
		assertThat(read("tidemark", "bob", "verdict")).startsWith("OK:").contains("alice is not here yet");
		browser.find("#recover").click();
		awaitText("#told", "alice reads. Without Tidemark: FRESH");
		assertThat(read("naive", "alice", "verdict")).startsWith("FRESH:");
		assertThat(read("tidemark", "alice", "server")).startsWith("replica");
		assertThat(read("tidemark", "alice", "reason")).startsWith("caught-up");
		assertThat(read("tidemark", "alice", "posts")).contains("while the replicas stand still");
	}

	@Test
	void storyCanBePlayedAgain() {
		playStory();
		lab("replicas/replica1/stop");
		browser.run("document.querySelector('#told').textContent = ''");
		playStory();
		assertThat(read("tidemark", "alice", "verdict")).startsWith("FRESH:");
	}

	private static boolean isLeftOf(String left, String right) {
		return browser.find(left).getRect().x + browser.find(left).getRect().width <= browser.find(right).getRect().x;
	}

	@Test
	void keyboardAlonePlaysStoryPostsAndReads() {
		openPage();
		tabTo("#play");
		browser.press(Keys.ENTER);
		awaitStoryPlayed();
		assertThat(browser.focused().getDomAttribute("id")).isEqualTo("play");
		tabTo("#recover");
		browser.press(Keys.SPACE);
		awaitText("#told", "alice reads. Without Tidemark: FRESH");
		awaitIdle();
		tabTo("form[data-slot=bob] [name=body]");
		browser.press("Typed by hand", Keys.ENTER);
		awaitText("#told", "bob has posted.");
		awaitIdle();
		tabTo("form[data-slot=bob] [data-read]");
		browser.press(Keys.ENTER);
		awaitText("#told", "bob reads.");
		assertThat(read("tidemark", "bob", "posts")).contains("Typed by hand");
	}

	private static void tabTo(String selector) {
		WebElement target = browser.find(selector);
		for (int i = 0; i < 40 && !browser.focused().equals(target); i++) {
			browser.press(Keys.TAB);
		}
		assertThat(browser.focused()).isEqualTo(target);
	}

	@Test
	void keyboardReachesEverythingAndShowsWhereItIs() {
		openPage();
		List<WebElement> reached = new ArrayList<>();
		browser.press(Keys.TAB);
		while (!isTrue("return document.activeElement === document.body") && !reached.contains(browser.focused())) {
			WebElement focused = browser.focused();
			reached.add(focused);
			assertThat(focused.getCssValue("outline-style")).isEqualTo("solid");
			assertThat(focused.getAccessibleName()).isNotBlank();
			browser.press(Keys.TAB);
		}
		assertThat(reached).hasSize(((Number) Objects
			.requireNonNull(browser.run("return document.querySelectorAll('button, input').length"))).intValue());
	}

	@Test
	void resultsAreAnnounced() {
		assertThat(browser.find("#told").getAriaRole()).isEqualTo("status");
		assertThat(browser.find("#answer").getAriaRole()).isEqualTo("status");
		assertThat(browser.find("main").getAriaRole()).isEqualTo("main");
		assertThat(browser.find("#naive").getAriaRole()).isEqualTo("region");
		assertThat(browser.find("#naive").getAccessibleName()).isEqualTo("Without Tidemark");
		assertThat(browser.find("#tidemark").getAccessibleName()).isEqualTo("With Tidemark");
		assertThat(browser.find("[data-lab='replicas/replica1/pause']").getAccessibleName())
			.isEqualTo("Pause replica1");
	}

	@ParameterizedTest
	@CsvSource({ "1280, light", "1280, dark", "700, light", "360, light", "360, dark", "320, light" })
	void isAccessibleAndFits(int width, String colorScheme) {
		browser.width(width);
		browser.colorScheme(colorScheme);
		playStory();
		await().until(() -> isTrue("return document.querySelectorAll('#decisions tr').length > 2"));
		browser.screenshot(Path.of("target", "screenshots", width + "-" + colorScheme + ".png"));
		assertThat(isTrue("const page = document.documentElement; return page.scrollWidth <= page.clientWidth"))
			.isTrue();
		assertThat(browser.run("return getComputedStyle(document.body).backgroundColor"))
			.isEqualTo("dark".equals(colorScheme) ? "rgb(18, 23, 28)" : "rgb(245, 247, 249)");
		assertThat(browser.accessibilityViolations()).asInstanceOf(InstanceOfAssertFactories.LIST).isEmpty();
	}

	@Test
	void chartsShowLagWithLimitAndDecisions() {
		lab("replicas/replica1/pause");
		browser.find("form[data-slot=alice] [name=body]").sendKeys("x", Keys.ENTER);
		String lags = "return Chart.getChart('lag').data.datasets";
		await().until(() -> isTrue(lags + "[0].data.some(point => point.y > 1)"));
		assertThat(browser.run(lags + ".map(set => set.label)")).asInstanceOf(InstanceOfAssertFactories.LIST)
			.containsExactly("replica1", "replica2", "limit");
		assertThat(browser.run(lags + "[2].data.map(point => point.y)")).asInstanceOf(InstanceOfAssertFactories.LIST)
			.containsExactly(10L, 10L);
		await().untilAsserted(() -> assertThat(browser.text("#decisions")).contains("read-write"));
		assertThat(browser.run("return Chart.getChart('bars').data.labels"))
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.contains("read-write");
	}

	@Test
	void readWithoutTidemarkFailsWithItsReplica() {
		lab("replicas/replica1/stop");
		lab("replicas/replica2/stop");
		browser.find("form[data-slot=bob] [data-read]").click();
		awaitText("#told", "bob reads. Without Tidemark: FAILED, replica");
		assertThat(read("naive", "bob", "verdict")).startsWith("FAILED: 503: replica").contains("does not answer");
		assertThat(read("tidemark", "bob", "verdict")).startsWith("OK:");
		assertThat(read("tidemark", "bob", "server")).isEqualTo("primary");
	}

	@Test
	void otherUsersCanBeNamed() {
		WebElement name = browser.find("form[data-slot=bob] [name=user]");
		name.clear();
		name.sendKeys("carol");
		browser.find("form[data-slot=bob] [data-read]").click();
		awaitText("#told", "carol reads.");
		assertThat(browser.text("#naive-bob")).isEqualTo("carol reads");
	}

	@Test
	void labShowsWhatItDidAndWhatCameOfIt() {
		lab("replicas/replica1/stop");
		assertThat(browser.text("#answer")).isEqualTo("replica1 is stopped.");
		awaitText("[data-replica=replica1] .state", "serves nobody: it does not answer");
		lab("replicas/replica1/pause");
		assertThat(browser.text("#answer")).isEqualTo("409: replica1 is stopped: start it first");
		lab("replicas/replica1/start");
		assertThat(browser.text("#answer")).isEqualTo("replica1 runs.");
		lab("replicas/replica2/delay");
		assertThat(browser.text("#answer")).isEqualTo("replica2 runs, delayed by 3000 ms.");
		assertThat(browser.text("[data-replica=replica2] .made")).isEqualTo("runs, delayed by 3000 ms");
		lab("redis/stop");
		assertThat(browser.text("#answer")).isEqualTo("Redis is stopped.");
		browser.find("form[data-slot=alice] [data-read]").click();
		awaitText("#told", "alice reads.");
		assertThat(read("tidemark", "alice", "reason")).startsWith("marker-unavailable");
	}

	@Test
	void needsNothingFromElsewhereAndComplainsOfNothing() {
		browser.complaints();
		openPage();
		playStory();
		assertThat(browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)"
				+ ".filter(name => !name.startsWith(location.origin) && !name.startsWith('data:'))"))
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.isEmpty();
		assertThat(browser.complaints()).isEmpty();
	}

	@Test
	void readsAndWritesWithoutLabOnServersThatDemoHasNotStarted() {
		try (ConfigurableApplicationContext other = DemoApplication.run(servers, "--server.port=0",
				"--spring.profiles.active=compose", "--spring.data.redis.username=", "--spring.data.redis.password=")) {
			browser.complaints();
			openPage(other);
			assertThat(browser.run("return document.querySelectorAll('[data-lab], #play').length")).isEqualTo(0L);
			browser.find("form[data-slot=alice] [name=body]").sendKeys("Without a lab", Keys.ENTER);
			awaitText("#told", "alice has posted.");
			awaitIdle();
			browser.find("form[data-slot=alice] [data-read]").click();
			awaitText("#told", "alice reads.");
			assertThat(read("tidemark", "alice", "posts")).contains("Without a lab");
			await().until(() -> browser.text("#primary").startsWith("Primary answers."));
			assertThat(browser.complaints()).isEmpty();
		}
	}

}
