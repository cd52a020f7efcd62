package dev.tidemark.client;

import java.net.URI;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TrustedHosts}.
 */
class TrustedHostsTests {

	private final TrustedHosts hosts = new TrustedHosts(List.of("Orders", "*.internal.example.com", "[::1]"));

	@ParameterizedTest
	@CsvSource({ "http://orders:8080/x,true", "https://ORDERS/,true", "http://a.internal.example.com,true",
			"http://a.b.internal.example.com:1,true", "http://[::1]:8080/,true", "http://internal.example.com,false",
			"http://ainternal.example.com,false", "http://a.internal.example.com.evil.org,false",
			"http://evil.org/orders,false", "http://orders@evil.org/,false", "http://orders.evil.org/,false",
			"/relative,false", "mailto:x@orders,false" })
	void onlyNamedHostsAreTrusted(String address, boolean trusted) {
		assertThat(this.hosts.contain(URI.create(address))).isEqualTo(trusted);
	}

	@Test
	void nobodyIsTrustedUnlessNamed() {
		assertThat(new TrustedHosts(List.of()).contain(URI.create("http://localhost"))).isFalse();
		assertThat(new TrustedHosts(List.of("*")).contain(URI.create("http://anywhere"))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "", "http://orders", "orders:8080", "orders/", "*orders", "*.", "a.*.b", "orders, billing" })
	void whatCanNeverMatchIsNoPattern(String pattern) {
		assertThat(TrustedHosts.isValid(pattern)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "*", "orders", "10.0.0.1", "*.Example.com", "[::1]", "my_service" })
	void hostsArePatterns(String pattern) {
		assertThat(TrustedHosts.isValid(pattern)).isTrue();
	}

}
