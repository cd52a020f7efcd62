package dev.tidemark.autoconfigure;

import com.zaxxer.hikari.HikariDataSource;
import org.postgresql.Driver;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * Auto-configuration of the session, the routing and the annotations.
 */
@AutoConfiguration(after = DataSourceAutoConfiguration.class,
		afterName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
@ConditionalOnClass({ HikariDataSource.class, Driver.class })
@EnableConfigurationProperties(TidemarkProperties.class)
@Import({ SessionBeans.class, RoutingBeans.class })
public final class TidemarkAutoConfiguration {

}
