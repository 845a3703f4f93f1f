package org.attnvgg.spark.train;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.attnvgg.spark.data.Reject;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobException;

/** The images that a run left out, each once however often it was met. */
final class Rejects {

    private final Map<String, Reject> byUri = new LinkedHashMap<>();

    void add(Collection<Reject> rejects) {
        for (Reject reject : rejects) {
            if (byUri.putIfAbsent(reject.imageUri(), reject) == null) {
                Console.warn("left out %s: %s (%s)".formatted(reject.imageUri(), reject.reason(), reject.detail()));
            }
        }
    }

    /** Takes in what an earlier part of the run left out, without telling of it again. */
    void restore(Collection<Reject> rejects) {
        rejects.forEach(reject -> byUri.putIfAbsent(reject.imageUri(), reject));
    }

    List<Reject> all() {
        return new ArrayList<>(byUri.values());
    }

    /** The ids of all of them: what an epoch that begins now leaves out everywhere. */
    Set<String> ids() {
        return byUri.values().stream().map(Reject::imageId).collect(Collectors.toSet());
    }

    /** Fails when more than a share of all images are among them. */
    void requireAtMost(double fraction, long images) {
        if (byUri.size() > fraction * images) {
            throw new JobException(
                    "%,d of %,d images could not be used, more than train.max-reject-fraction = %s allows"
                            .formatted(byUri.size(), images, fraction));
        }
    }
}
