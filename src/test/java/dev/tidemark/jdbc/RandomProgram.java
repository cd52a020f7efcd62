package dev.tidemark.jdbc;

import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * A program whose calls a seed decides. One in three changes the read-only mode and only
 * reads, the others write.
 *
 * @param seed the seed
 */
record RandomProgram(long seed) implements Program {

	private static final int SHORTEST = 6;

	private static final int LONGEST = 15;

	@Override
	public Transcript run(DataSource dataSource) throws SQLException {
		Transcript transcript = new Transcript();
		try (Client client = new Client(dataSource, transcript)) {
			new Run(client, new Random(this.seed)).run();
		}
		return transcript;
	}

	/**
	 * What a program holds while it runs.
	 */
	private static final class Run {

		private final Client client;

		private final Connection connection;

		private final Random random;

		private @Nullable PGConnection driver;

		private @Nullable PreparedStatement insert;

		private @Nullable ResultSet rows;

		private int number;

		Run(Client client, Random random) {
			this.client = client;
			this.connection = client.connection();
			this.random = random;
		}

		void run() {
			boolean writes = this.random.nextInt(3) > 0;
			int length = SHORTEST + this.random.nextInt(LONGEST - SHORTEST + 1);
			for (this.number = 0; this.number < length; this.number++) {
				if (writes) {
					write();
				}
				else {
					read();
				}
			}
			// What is open at close() depends on what the pool knows of it.
			this.client.sql("ROLLBACK").autoCommit(true);
		}

		private void read() {
			switch (this.random.nextInt(11)) {
				case 0 -> this.client.autoCommit(false);
				case 1 -> this.client.autoCommit(true);
				case 2 -> this.client.readOnly();
				case 3 -> this.client.readWrite();
				case 4, 5 -> this.client.sql("SELECT count(*) FROM item");
				case 6, 7 -> this.client.commit();
				case 8 -> this.client.rollback();
				case 9 -> this.client.prepared("SELECT count(*) FROM item WHERE id < ?", 3);
				default -> this.client.isolation(this.random.nextBoolean() ? Connection.TRANSACTION_SERIALIZABLE
						: Connection.TRANSACTION_READ_COMMITTED);
			}
		}

		private void write() {
			switch (this.random.nextInt(22)) {
				case 0, 1 -> this.client.autoCommit(false);
				case 2, 3 -> this.client.autoCommit(true);
				case 4 -> this.client.sql("SELECT count(*) FROM item");
				case 5, 6 -> this.client.sql("INSERT INTO item (name) VALUES ('s" + this.number + "')");
				case 7, 8 -> this.client.commit();
				case 9 -> this.client.rollback();
				case 10 -> this.client.sql("BEGIN");
				case 11 -> this.client.sql("COMMIT");
				case 12 -> this.client.sql("ROLLBACK");
				case 13 -> this.client.sql("SELECT 1/0");
				case 14, 15 -> this.client.step("copy", this::copy);
				case 16 -> this.client.step("open", this::open);
				case 17, 18 -> this.client.step("change", this::change);
				case 19 -> this.client.step("insert", this::insert);
				case 20 -> this.client.step("batch", this::batch);
				default -> this.client.state();
			}
		}

		private long copy() throws Exception {
			if (this.driver == null) {
				this.driver = this.connection.unwrap(PGConnection.class);
			}
			return this.driver.getCopyAPI()
				.copyIn("COPY item (name) FROM STDIN", new StringReader("c" + this.number + "\n"));
		}

		private boolean open() throws SQLException {
			Statement statement = this.connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
					ResultSet.CONCUR_UPDATABLE);
			this.rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id");
			return this.rows.next();
		}

		private boolean change() throws SQLException {
			if (this.rows == null) {
				return false;
			}
			this.rows.updateString(2, "r" + this.number);
			this.rows.updateRow();
			return this.rows.next();
		}

		private int insert() throws SQLException {
			if (this.insert == null) {
				this.insert = this.connection.prepareStatement("INSERT INTO item (name) VALUES (?)");
			}
			this.insert.setString(1, "p" + this.number);
			return this.insert.executeUpdate();
		}

		private int[] batch() throws SQLException {
			try (Statement statement = this.connection.createStatement()) {
				statement.addBatch("INSERT INTO item (name) VALUES ('b" + this.number + "')");
				statement.addBatch("UPDATE item SET price = price + 1");
				return statement.executeBatch();
			}
		}

	}

}
