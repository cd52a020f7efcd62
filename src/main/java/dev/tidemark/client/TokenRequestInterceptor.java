package dev.tidemark.client;

import java.io.IOException;

import dev.tidemark.session.SessionCarrier;

import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Takes sessions along in the calls of a {@code RestClient} or {@code RestTemplate}.
 */
public final class TokenRequestInterceptor implements ClientHttpRequestInterceptor {

	private final SessionCarrier carrier;

	private final TrustedHosts hosts;

	/**
	 * Create an interceptor.
	 * @param carrier carries sessions
	 * @param hosts where tokens are sent to and taken from
	 */
	public TokenRequestInterceptor(SessionCarrier carrier, TrustedHosts hosts) {
		this.carrier = carrier;
		this.hosts = hosts;
	}

	@Override
	public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
			throws IOException {
		if (!this.hosts.contain(request.getURI())) {
			return execution.execute(request, body);
		}
		if (!request.getHeaders().containsHeader(SessionCarrier.HEADER)) {
			String token = this.carrier.token();
			if (!token.isEmpty()) {
				request.getHeaders().set(SessionCarrier.HEADER, token);
			}
		}
		ClientHttpResponse response = execution.execute(request, body);
		this.carrier.takeOver(response.getHeaders().getValuesAsList(SessionCarrier.HEADER), this.carrier.session())
			.join();
		return response;
	}

}
