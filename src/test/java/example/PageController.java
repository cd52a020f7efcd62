package example;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

import dev.tidemark.autoconfigure.TidemarkProperties;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/**
 * The page that shows it live.
 */
@Controller
class PageController {

	private static final List<String> USERS = List.of("alice", "bob");

	private final Collection<String> replicas;

	private final long limitMs;

	private final boolean lab;

	PageController(TidemarkProperties tidemark, ObjectProvider<LabController> lab) {
		this.replicas = new TreeSet<>(tidemark.replicas().keySet());
		this.limitMs = tidemark.consistency().maxStaleness().toMillis();
		this.lab = lab.getIfAvailable() != null;
	}

	@GetMapping("/")
	String page(Model model) {
		model.addAttribute("users", USERS);
		model.addAttribute("replicas", this.replicas);
		model.addAttribute("limitMs", this.limitMs);
		model.addAttribute("lab", this.lab);
		return "page";
	}

}
