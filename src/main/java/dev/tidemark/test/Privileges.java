package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * How to run PostgreSQL, which refuses to run as root and as a user without a name, as
 * containers often have one.
 *
 * @param prefix what to put before a command; empty for ordinary users
 * @param uid the user that the command's files must be given to, or {@code null} when
 * they can stay with the current user
 */
record Privileges(List<String> prefix, @Nullable Integer uid) {

	private static final int ROOT = 0;

	private static final int NOBODY = 65534;

	private static final Privileges OWN = new Privileges(List.of(), null);

	/**
	 * In a user namespace of its own a process appears as nobody's, and still owns the
	 * files of its user. Not every container allows that.
	 */
	private static final Privileges NAMESPACE = new Privileges(List.of("unshare", "--user"), null);

	private static final Privileges AS_NOBODY = new Privileges(
			List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), NOBODY);

	/**
	 * Find a way that works on this machine.
	 * @param user the current user
	 * @throws IllegalStateException when there is none
	 */
	static Privileges find(UserFolder user) {
		return ((user.uid() == ROOT) ? Stream.of(NAMESPACE, AS_NOBODY) : Stream.of(OWN, NAMESPACE))
			.filter(Privileges::work)
			.findFirst()
			.orElseThrow(() -> new IllegalStateException((user.uid() == ROOT)
					? "PostgreSQL does not run as root, and neither 'unshare --user' nor 'setpriv --reuid' works here "
							+ "to run it as nobody. Install util-linux, or run the tests as an ordinary user"
					: "PostgreSQL does not run as user " + user.uid() + ", who has no name, and 'unshare --user' "
							+ "does not work here to run it as nobody. Add the user to /etc/passwd"));
	}

	/**
	 * Whether a command runs and finds that it runs as a user with a name.
	 */
	private boolean work() {
		return Command.succeeds(applyTo("id", "-un"));
	}

	List<String> applyTo(String... command) {
		return Stream.concat(this.prefix.stream(), Stream.of(command)).toList();
	}

	/**
	 * Give a folder or file to the user that the commands run as.
	 */
	void give(Path tree) throws IOException {
		if (this.uid == null) {
			return;
		}
		for (Path path : FileTree.list(tree)) {
			Files.setAttribute(path, "unix:uid", this.uid, LinkOption.NOFOLLOW_LINKS);
		}
	}

}
