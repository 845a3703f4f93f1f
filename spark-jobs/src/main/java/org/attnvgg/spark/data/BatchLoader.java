package org.attnvgg.spark.data;

import ai.djl.Device;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.attnvgg.image.Augmentation;
import org.attnvgg.spark.data.ImageLoader.Fetched;

/**
 * Loads batches of images, in order. Files are read ahead on threads of their own, which mostly wait for an archive. A
 * GPU's next batches are decoded while it computes; on the CPU the cores decode a batch, then compute it, and so on, because
 * libtorch's threads lose more than decoding gains when both want the same cores.
 */
public final class BatchLoader implements AutoCloseable {

    /** Files read at once for each of the task's cores: an object store takes 20 to 100 ms to answer. */
    private static final int READS_PER_CORE = 8;

    private static final int LEAST_READS = 16;

    private final ImageLoader source;
    private final int reads;
    private final boolean decodesAhead;
    private final ExecutorService readers;
    private final ExecutorService decoders;

    /** A loader for a task with {@code cores} cores that computes on that device; {@link #close} ends its threads and the source. */
    public BatchLoader(ImageLoader source, int cores, Device device) {
        this.source = source;
        reads = Math.max(LEAST_READS, READS_PER_CORE * cores);
        decodesAhead = device.isGpu();
        readers = threads(reads, "attnvgg-reader");
        decoders = threads(cores, "attnvgg-decoder");
    }

    static ExecutorService threads(int count, String name) {
        return Executors.newFixedThreadPool(count, runnable -> {
            Thread thread = new Thread(runnable, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Starts reading a batch, and decoding it if there is a GPU. */
    public Pending start(List<ImageRef> refs, Function<ImageRef, Augmentation> augmentation) {
        List<Future<Fetched>> files = new ArrayList<>();
        for (ImageRef ref : refs) {
            files.add(readers.submit(() -> source.fetch(ref)));
        }
        Pending pending = new Pending(files, augmentation);
        if (decodesAhead) {
            pending.decode();
        }
        return pending;
    }

    /** A task's images, of which as many as can be read at once are under way, and a batch more. */
    public Images images(Iterator<ImageRef> refs) {
        return new Images(refs);
    }

    /** Images to take in batches of any size. Not for several threads at once. */
    public final class Images {

        private final Iterator<ImageRef> refs;
        private final Deque<Pending> ahead = new ArrayDeque<>();

        private Images(Iterator<ImageRef> refs) {
            this.refs = refs;
            startUpTo(reads);
        }

        private void startUpTo(int count) {
            while (refs.hasNext() && ahead.size() < count) {
                ahead.add(start(List.of(refs.next()), ref -> Augmentation.NONE));
            }
        }

        /** Whether there are more. */
        public boolean hasNext() {
            return !ahead.isEmpty();
        }

        /** The next ones, in order, {@code count} of them if there are. */
        public List<LoadedImage> next(int count) {
            startUpTo(reads + count);
            List<Pending> batch = new ArrayList<>();
            while (batch.size() < count && !ahead.isEmpty()) {
                batch.add(ahead.remove());
            }
            batch.forEach(Pending::decode);
            return batch.stream().flatMap(one -> one.get().stream()).toList();
        }
    }

    /** A batch under way. Not for several threads at once. */
    public final class Pending {

        private final List<Future<Fetched>> files;
        private final Function<ImageRef, Augmentation> augmentation;
        private List<Future<LoadedImage>> images;

        private Pending(List<Future<Fetched>> files, Function<ImageRef, Augmentation> augmentation) {
            this.files = files;
            this.augmentation = augmentation;
        }

        /** Starts decoding, unless that was done: for times when the cores have nothing else to do. */
        public void decode() {
            if (images == null) {
                images = new ArrayList<>();
                for (Future<Fetched> file : files) {
                    images.add(decoders.submit(() -> {
                        Fetched fetched = file.get();
                        return NativeGate.call(() -> source.decode(fetched, augmentation.apply(fetched.ref())));
                    }));
                }
            }
        }

        /** The images, in the order asked for. */
        public List<LoadedImage> get() {
            decode();
            return await(images);
        }
    }

    /** The results of work on images, in its order. */
    static <T> List<T> await(List<? extends Future<? extends T>> work) {
        List<T> results = new ArrayList<>();
        try {
            for (Future<? extends T> one : work) {
                results.add(one.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while images were read", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("reading images failed", e.getCause());
        }
        return results;
    }

    @Override
    public void close() {
        readers.shutdownNow();
        decoders.shutdownNow();
        source.close();
    }
}
