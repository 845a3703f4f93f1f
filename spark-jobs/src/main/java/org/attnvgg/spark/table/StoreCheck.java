package org.attnvgg.spark.table;

import java.util.List;
import java.util.function.Predicate;
import org.attnvgg.spark.config.TableFormat;
import org.attnvgg.spark.config.TableLocation;
import org.attnvgg.spark.job.JobException;

/** What jobs do about damaged tables. */
public final class StoreCheck {

    private StoreCheck() {}

    /**
     * Refuses tables with damages of that kind.
     *
     * @throws JobException with the first one, how many others there are, and the way out
     */
    public static void refuse(List<Damage> damages, Predicate<Damage> which, TableLocation location) {
        List<Damage> found = damages.stream().filter(which).toList();
        if (!found.isEmpty()) {
            String others = found.size() == 1
                    ? ""
                    : " (%,d more things are damaged: '%s' lists them)".formatted(found.size() - 1, repair(location));
            throw new JobException("%s: %s%s".formatted(location, sentence(found.get(0), location), others));
        }
    }

    /** What was found and the way out, in one sentence. */
    public static String sentence(Damage damage, TableLocation location) {
        return damage.runId() == null
                ? damage.what() + ": move it elsewhere"
                : "%s: bring it back from a copy, or set the run aside with '%s repair.run=%s'"
                        .formatted(damage.what(), repair(location), damage.runId());
    }

    private static String repair(TableLocation location) {
        return "attnvgg repair rescore.tables=" + location.value()
                + (location.format() == TableFormat.PARQUET ? "" : " table.format=" + location.format());
    }
}
