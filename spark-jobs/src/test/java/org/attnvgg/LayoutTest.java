package org.attnvgg;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The layout that ARCHITECTURE.md describes: which package may know which. */
class LayoutTest {

    private static JavaClasses classes;

    @BeforeAll
    static void readClasses() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("/test-classes/"))
                .importPackages("org.attnvgg");
    }

    @Test
    void packagesFormNoCircle() {
        slices().matching("org.attnvgg.(*)..").should().beFreeOfCycles().check(classes);
        slices().matching("org.attnvgg.spark.(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void coreKnowsNoSpark() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.attnvgg.spark..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "org.attnvgg.spark..")
                .check(classes);
    }

    @Test
    void whatIsNotSparksPublicApiIsUsedByTheShimAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.attnvgg.spark.shim..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.spark.deploy..",
                        "org.apache.spark.internal..",
                        "org.apache.spark.metrics..",
                        "org.apache.spark.network..",
                        "org.apache.spark.rpc..",
                        "org.apache.spark.sql.catalyst..",
                        "org.apache.spark.sql.execution..",
                        "org.apache.spark.sql.internal..")
                .check(classes);
    }

    @Test
    void settingsAreReadByJobsAlone() {
        noClasses()
                .that()
                .haveNameNotMatching(".*(Job|JobContext|Main|Main\\$.*)")
                .and()
                .resideOutsideOfPackage("org.attnvgg.spark.config..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("org.attnvgg.spark.config.Settings")
                .check(classes);
    }
}
