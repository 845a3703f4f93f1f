package org.attnvgg.spark.table;

import java.util.List;
import java.util.function.Predicate;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.config.Settings;

/** What jobs do about damaged tables. */
public final class StoreCheck {

    private StoreCheck() {}

    /**
     * Refuses tables with damages of that kind.
     *
     * @param key the setting that names the tables
     * @throws JobException with the first one, how many others there are, and the way out
     */
    public static void refuse(List<Damage> damages, Predicate<Damage> which, Settings settings, String key) {
        List<Damage> found = damages.stream().filter(which).toList();
        if (!found.isEmpty()) {
            String others = found.size() == 1
                    ? ""
                    : " (%,d more things are damaged: '%s' lists them)"
                            .formatted(found.size() - 1, repair(settings, key));
            throw new JobException("%s = %s: %s%s"
                    .formatted(key, settings.string(key), sentence(found.get(0), settings, key), others));
        }
    }

    /** What was found and the way out, in one sentence. */
    public static String sentence(Damage damage, Settings settings, String key) {
        return damage.runId() == null
                ? damage.what() + ": move it elsewhere"
                : "%s: bring it back from a copy, or set the run aside with '%s repair.run=%s'"
                        .formatted(damage.what(), repair(settings, key), damage.runId());
    }

    private static String repair(Settings settings, String key) {
        String format = settings.string("table.format");
        return "attnvgg repair rescore.tables=" + settings.string(key)
                + (format.equals("parquet") ? "" : " table.format=" + format);
    }
}
