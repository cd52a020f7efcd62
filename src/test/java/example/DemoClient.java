package example;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Speaks to one instance of the demo, as a client that keeps no cookies.
 */
final class DemoClient {

	private final HttpClient http = HttpClient.newHttpClient();

	private final JsonMapper json = new JsonMapper();

	private final String address;

	DemoClient(ConfigurableApplicationContext application) {
		this.address = "http://localhost:" + application.getEnvironment().getRequiredProperty("local.server.port");
	}

	Answer get(@Nullable String user, String path) {
		return send("GET", user, path, null);
	}

	Answer post(@Nullable String user, String path) {
		return send("POST", user, path, null);
	}

	Answer post(@Nullable String user, String path, String body) {
		return send("POST", user, path, body);
	}

	Answer put(@Nullable String user, String path, String body) {
		return send("PUT", user, path, body);
	}

	Answer delete(@Nullable String user, String path) {
		return send("DELETE", user, path, null);
	}

	Answer getWithToken(String token, String path) {
		return send(HttpRequest.newBuilder(URI.create(this.address + path)).header("Tidemark-Token", token).build());
	}

	private Answer send(String method, @Nullable String user, String path, @Nullable String body) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.address + path))
			.method(method, (body != null) ? BodyPublishers.ofString(body) : BodyPublishers.noBody());
		if (body != null) {
			request.header("Content-Type", "application/json");
		}
		if (user != null) {
			request.header("X-User", user);
		}
		return send(request.build());
	}

	private Answer send(HttpRequest request) {
		try {
			return new Answer(this.http.send(request, BodyHandlers.ofString()), this.json);
		}
		catch (IOException ex) {
			throw new IllegalStateException(request + " was not answered", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * An answer.
	 */
	record Answer(HttpResponse<String> response, JsonMapper mapper) {

		int status() {
			return this.response.statusCode();
		}

		String body() {
			return this.response.body();
		}

		JsonNode json() {
			return this.mapper.readTree(body());
		}

		String servedBy() {
			return header("Tidemark-Served-By");
		}

		String reason() {
			return header("Tidemark-Reason");
		}

		/**
		 * The value of a header, empty if it is absent.
		 */
		String header(String name) {
			return this.response.headers().firstValue(name).orElse("");
		}

	}

}
