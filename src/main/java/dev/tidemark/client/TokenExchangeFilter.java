package dev.tidemark.client;

import dev.tidemark.session.Session;
import dev.tidemark.session.SessionCarrier;
import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * Takes sessions along in the calls of a {@code WebClient}: the session is the one of the
 * thread that subscribes.
 */
public final class TokenExchangeFilter implements ExchangeFilterFunction {

	private final SessionCarrier carrier;

	private final TrustedHosts hosts;

	/**
	 * Create a filter.
	 * @param carrier carries sessions
	 * @param hosts where tokens are sent to and taken from
	 */
	public TokenExchangeFilter(SessionCarrier carrier, TrustedHosts hosts) {
		this.carrier = carrier;
		this.hosts = hosts;
	}

	@Override
	public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		if (!this.hosts.contain(request.url())) {
			return next.exchange(request);
		}
		Session session = this.carrier.session();
		return next.exchange(withToken(request))
			.flatMap((response) -> Mono
				.fromFuture(this.carrier.takeOver(response.headers().header(SessionCarrier.HEADER), session))
				.thenReturn(response));
	}

	private ClientRequest withToken(ClientRequest request) {
		String token = request.headers().containsHeader(SessionCarrier.HEADER) ? "" : this.carrier.token();
		return token.isEmpty() ? request : ClientRequest.from(request).header(SessionCarrier.HEADER, token).build();
	}

}
