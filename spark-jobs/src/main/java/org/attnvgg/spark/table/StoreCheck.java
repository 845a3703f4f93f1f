package org.attnvgg.spark.table;

import java.util.List;
import java.util.function.Predicate;
import org.attnvgg.spark.JobException;

/** What jobs do about damaged tables. */
public final class StoreCheck {

    private StoreCheck() {}

    /**
     * Refuses tables with damages of that kind.
     *
     * @param key the setting that named the tables
     * @throws JobException with the first one, how many others there are, and the way out
     */
    public static void refuse(List<Damage> damages, Predicate<Damage> which, String key, String tables) {
        List<Damage> found = damages.stream().filter(which).toList();
        if (!found.isEmpty()) {
            String others = found.size() == 1
                    ? ""
                    : " (%,d more things are damaged: 'attnvgg repair rescore.tables=%s' lists them)"
                            .formatted(found.size() - 1, tables);
            throw new JobException(
                    "%s = %s: %s%s".formatted(key, tables, found.get(0).sentence(tables), others));
        }
    }
}
