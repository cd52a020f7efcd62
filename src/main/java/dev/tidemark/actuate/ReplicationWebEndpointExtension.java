package dev.tidemark.actuate;

import java.util.Map;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * Answers over HTTP that there is no such replica, and which ones there are.
 */
@EndpointWebExtension(endpoint = ReplicationEndpoint.class)
public final class ReplicationWebEndpointExtension {

	private final ReplicationEndpoint endpoint;

	/**
	 * Create the extension.
	 * @param endpoint does the work
	 */
	public ReplicationWebEndpointExtension(ReplicationEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	/**
	 * Take a replica out of rotation on this instance, or put it back.
	 * @param replica the name of the replica
	 * @param drain {@code true} to take it out, {@code false} to put it back
	 * @return what is known of the replica after that, status 404 if there is none
	 */
	@WriteOperation
	public WebEndpointResponse<Object> drain(@Selector String replica, boolean drain) {
		try {
			return new WebEndpointResponse<>(this.endpoint.drain(replica, drain));
		}
		catch (InvalidEndpointRequestException ex) {
			return new WebEndpointResponse<>(Map.of("error", String.valueOf(ex.getMessage())),
					WebEndpointResponse.STATUS_NOT_FOUND);
		}
	}

}
