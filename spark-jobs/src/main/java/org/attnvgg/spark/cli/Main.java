package org.attnvgg.spark.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.attnvgg.files.TempFolders;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.spark.config.DemoSettings;
import org.attnvgg.spark.config.PreflightSettings;
import org.attnvgg.spark.config.PrepareSettings;
import org.attnvgg.spark.config.RepairSettings;
import org.attnvgg.spark.config.ReportSettings;
import org.attnvgg.spark.config.RescoreSettings;
import org.attnvgg.spark.config.ScoreSettings;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.config.SqlSettings;
import org.attnvgg.spark.config.TrainSettings;
import org.attnvgg.spark.demo.DemoJob;
import org.attnvgg.spark.job.BusyException;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.SparkSessions;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.spark.job.StoppedException;
import org.attnvgg.spark.preflight.PreflightJob;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.RepairJob;
import org.attnvgg.spark.score.RescoreJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.sql.SqlJob;
import org.attnvgg.spark.train.TrainJob;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command line: one subcommand for each job, which ends with an {@link ExitCode}.
 */
@Command(
        name = "attnvgg",
        description = {
            "AttnVGG on Spark: trains VGG16-bn with attention on dermoscopy images, and scores archives of them.",
            ""
        },
        synopsisSubcommandLabel = "JOB",
        footer = {
            "",
            "JOB --help lists a job's keys. Settings: the command line over --conf FILE (HOCON) over the defaults.",
            "Keys of Spark (spark.master=local[4], ...) are passed on to it."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main {

    /** The version that the jar's manifest carries. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"attnvgg " + (version == null ? "(not from a jar)" : version)};
        }
    }

    /** How a job runs. */
    private interface Runner {
        void run(JobContext run);
    }

    /** An option of a job that stands for a key: one with a value, or, without a label, a flag. */
    private record Shortcut(String option, String label, String key) {

        OptionSpec spec() {
            OptionSpec.Builder builder = OptionSpec.builder(option).description("The same as " + key + ", see below.");
            return label == null
                    ? builder.type(boolean.class).build()
                    : builder.type(String.class).arity("1").paramLabel(label).build();
        }
    }

    /** A job: what it is called, what it does, which keys it reads, its own options, and how it runs. */
    private record Job(
            String title,
            String description,
            Class<? extends Record> settings,
            List<Shortcut> shortcuts,
            Runner runner) {

        Job(String title, String description, Class<? extends Record> settings, Runner runner) {
            this(title, description, settings, List.of(), runner);
        }
    }

    private static final List<Job> JOBS = List.of(
            new Job(
                    "prepare",
                    "Marking CSV and images to a manifest: screened, rebalanced, split.",
                    PrepareSettings.class,
                    run -> new PrepareJob(run).run()),
            new Job("train", "A manifest to a trained model.", TrainSettings.class, run -> new TrainJob(run).run()),
            new Job(
                    "score",
                    "Images and a model to predictions and attention maps.",
                    ScoreSettings.class,
                    run -> new ScoreJob(run).run()),
            new Job(
                    "rescore",
                    "Scores what is new or changed in an archive, and adds it to the tables: for every night.",
                    RescoreSettings.class,
                    List.of(new Shortcut("--dry-run", null, "rescore.dry-run")),
                    run -> new RescoreJob(run).run()),
            new Job(
                    "repair",
                    "Says which runs of the tables are damaged, or moves one out of them, whose images are then new.",
                    RepairSettings.class,
                    run -> new RepairJob(run).run()),
            new Job(
                    "sql",
                    "Spark SQL with the tables, their views, and functions on attention maps.",
                    SqlSettings.class,
                    List.of(new Shortcut("-e", "QUERY", "sql.query"), new Shortcut("-f", "FILE", "sql.file")),
                    run -> new SqlJob(run).run()),
            new Job(
                    "report",
                    "Predictions to a page of metrics, curves and images.",
                    ReportSettings.class,
                    run -> new ReportJob(run).run()),
            new Job(
                    "demo",
                    "Makes synthetic images and runs the four jobs on them.",
                    DemoSettings.class,
                    run -> new DemoJob(run).run()),
            new Job(
                    "preflight",
                    "Looks at every executor of a cluster: Java, libtorch, GPUs, memory, paths.",
                    PreflightSettings.class,
                    run -> new PreflightJob(run).run()));

    /** The options that every job takes. */
    @Command(mixinStandardHelpOptions = true, versionProvider = Version.class)
    private static final class JobCommand implements Callable<Integer> {

        private final Job job;
        private final StopSignal stop;

        @Spec
        private CommandSpec spec;

        @Option(names = "--conf", paramLabel = "FILE", description = "Settings, as HOCON.")
        private Path conf;

        @Option(names = "--overwrite", description = "Replace an output that exists, whole.")
        private boolean overwrite;

        @Parameters(paramLabel = "key=value", description = "Settings, see below.", arity = "0..*")
        private List<String> overrides = List.of();

        JobCommand(Job job, StopSignal stop) {
            this.job = job;
            this.stop = stop;
        }

        /** What the job's own options set. */
        private Map<String, Object> shortcuts() {
            Map<String, Object> values = new TreeMap<>();
            for (Shortcut shortcut : job.shortcuts) {
                Object value = spec.commandLine().getParseResult().matchedOptionValue(shortcut.option, null);
                if (value != null) {
                    values.put(shortcut.key, value);
                }
            }
            return values;
        }

        @Override
        public Integer call() {
            Settings settings =
                    Settings.load(Optional.ofNullable(conf), overrides).with(shortcuts());
            settings.warnings().forEach(warning -> spec.commandLine().getErr().println("attnvgg: WARNING: " + warning));
            settings.as(job.settings); // what is missing is said before Spark starts
            SparkSessions.with(
                    job.title,
                    settings.sparkSettings(),
                    spark -> job.runner.run(new JobContext(spark, settings, overwrite, stop)));
            return ExitCode.DONE.code();
        }
    }

    /** How long the JVM's end waits at most for a job that stops in good order. */
    private static final Duration STOP_PATIENCE = Duration.ofMinutes(5);

    private Main() {}

    /**
     * Runs a job. A job that went well returns, because to YARN's application master an exit before the return is a failure,
     * after which it runs the job again.
     */
    public static void main(String[] arguments) {
        TempFolders.claim();
        int status;
        try (StopSignal stop = StopSignal.onShutdown(STOP_PATIENCE)) {
            status = run(stop, arguments);
        }
        if (status != ExitCode.DONE.code()) {
            System.exit(status); // waits for ever where the JVM is ending already, by a signal
        }
    }

    /** Runs a job and returns its exit code. */
    public static int run(String... arguments) {
        return run(new StopSignal(), arguments);
    }

    private static int run(StopSignal stop, String... arguments) {
        CommandLine commands = new CommandLine(new Main());
        commands.addSubcommand(new CommandLine.HelpCommand());
        for (Job job : JOBS) {
            CommandLine command = new CommandLine(new JobCommand(job, stop));
            CommandSpec spec = command.getCommandSpec();
            spec.usageMessage().description(job.description, "").footer(keys(job));
            job.shortcuts.forEach(shortcut -> spec.addOption(shortcut.spec()));
            commands.addSubcommand(job.title, command);
        }
        commands.setExecutionExceptionHandler((e, command, result) -> failed(e, stop, command.getErr()));
        commands.setAbbreviatedOptionsAllowed(false);
        commands.setUsageHelpAutoWidth(true);
        if (arguments.length == 0) {
            commands.usage(commands.getErr());
            return ExitCode.USAGE.code();
        }
        return commands.execute(arguments);
    }

    private static String[] keys(Job job) {
        String text = Settings.keys(job.settings).stream()
                .map(key -> "%n  %s = %s    %s%n      %s"
                        .formatted(
                                key.name(),
                                key.defaultText().isEmpty() ? "(required)" : key.defaultText(),
                                key.allowed(),
                                key.text()))
                .collect(Collectors.joining());
        // picocli reads its own format codes in a footer.
        return ("\nKeys, their defaults, and what is allowed:" + text)
                .replace("%", "%%")
                .split("\n");
    }

    private static int failed(Exception e, StopSignal stop, PrintWriter err) {
        if (e instanceof SettingsException) {
            err.println("attnvgg: " + Console.printableLines(e.getMessage()));
            return ExitCode.USAGE.code();
        }
        Throwable cause = e;
        while (cause.getCause() != null && !speaksToUsers(cause)) {
            cause = cause.getCause();
        }
        if (cause instanceof StoppedException) {
            err.println("attnvgg: stopped: " + Console.printableLines(cause.getMessage()));
            return ExitCode.STOPPED.code();
        }
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        err.println("attnvgg: failed: " + Console.printableLines(message));
        // A job that SIGTERM ended fails wherever it was when Spark went away.
        if (!speaksToUsers(cause) && !stop.isRequested()) {
            LoggerFactory.getLogger(Main.class).error("the job failed", e);
        }
        return (cause instanceof BusyException ? ExitCode.BUSY : ExitCode.FAILED).code();
    }

    /** Whether the message alone tells a user what to do; a stack trace says more of anything else. */
    private static boolean speaksToUsers(Throwable cause) {
        return cause instanceof JobException || cause instanceof WeightFileException;
    }
}
