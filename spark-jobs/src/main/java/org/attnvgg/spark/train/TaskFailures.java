package org.attnvgg.spark.train;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.attnvgg.spark.job.JobException;

/** Says in a line why Spark's tasks failed. */
final class TaskFailures {

    /** In the text that is all Spark's driver has of a task's exception. */
    private static final Pattern OURS = Pattern.compile(Pattern.quote(JobException.class.getName()) + ": ([^\n]+)");

    private static final Pattern MOST_RECENT = Pattern.compile("Most recent failure: ([^\n]+)");

    private TaskFailures() {}

    /** The message of our own exception if one is behind it, else Spark's line of the last failure. */
    static String explain(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            Matcher ours = OURS.matcher(text);
            if (cause instanceof JobException || ours.find()) {
                return cause instanceof JobException ? text : ours.group(1);
            }
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Matcher recent = MOST_RECENT.matcher(String.valueOf(cause.getMessage()));
            if (recent.find()) {
                return recent.group(1);
            }
        }
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root).lines().findFirst().orElse("");
    }
}
