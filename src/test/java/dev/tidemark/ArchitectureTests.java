package dev.tidemark;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The order of the packages: a package imports only what stands before it.
 */
@AnalyzeClasses(packages = "dev.tidemark", importOptions = DoNotIncludeTests.class)
class ArchitectureTests {

	private static final String[] ADAPTERS = { "redis", "aop", "web", "client", "messaging", "metrics", "observation",
			"logging", "actuate" };

	@ArchTest
	static final ArchRule packagesHaveNoCycles = slices().matching("dev.tidemark.(**)").should().beFreeOfCycles();

	@ArchTest
	static final ArchRule walKnowsNoSpring = noClasses().that()
		.resideInAPackage("dev.tidemark.wal")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework..");

	@ArchTest
	static final ArchRule testKitKnowsNoSpring = noClasses().that()
		.resideInAPackage("dev.tidemark.test")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework..", "org.junit..");

	@ArchTest
	static void packagesAreInOrder(JavaClasses classes) {
		var layers = layeredArchitecture().consideringOnlyDependenciesInLayers()
			.layer("api")
			.definedBy("dev.tidemark")
			.layer("wal")
			.definedBy("dev.tidemark.wal")
			.layer("marker")
			.definedBy("dev.tidemark.marker")
			.layer("session")
			.definedBy("dev.tidemark.session")
			.layer("routing")
			.definedBy("dev.tidemark.routing")
			.layer("test")
			.definedBy("dev.tidemark.test")
			.layer("autoconfigure")
			.definedBy("dev.tidemark.autoconfigure");
		for (String adapter : ADAPTERS) {
			layers = layers.layer(adapter)
				.definedBy("dev.tidemark." + adapter)
				.whereLayer(adapter)
				.mayOnlyBeAccessedByLayers("autoconfigure");
		}
		layers.whereLayer("api")
			.mayNotAccessAnyLayer()
			.whereLayer("wal")
			.mayOnlyAccessLayers("api")
			.whereLayer("marker")
			.mayOnlyAccessLayers("api", "wal")
			.whereLayer("session")
			.mayOnlyAccessLayers("api", "wal", "marker")
			.whereLayer("routing")
			.mayOnlyAccessLayers("api", "wal", "marker", "session")
			.whereLayer("test")
			.mayNotAccessAnyLayer()
			.whereLayer("autoconfigure")
			.mayNotBeAccessedByAnyLayer()
			.check(classes);
	}

}
