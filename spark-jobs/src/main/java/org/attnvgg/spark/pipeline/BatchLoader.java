package org.attnvgg.spark.pipeline;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.attnvgg.image.Augmentation;

/** Loads batches of pictures on a few threads, in order, and one batch ahead of whoever takes them. */
public final class BatchLoader implements AutoCloseable {

    private final ImageSource source;
    private final ExecutorService threads;

    /** A loader on so many threads, which {@link #close} ends. */
    public BatchLoader(ImageSource source, int threads) {
        this.source = source;
        this.threads = Executors.newFixedThreadPool(threads, runnable -> {
            Thread thread = new Thread(runnable, "attnvgg-pictures");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Starts loading a batch; {@link Pending#get} waits for it. */
    public Pending start(List<ImageRef> refs, Function<ImageRef, Augmentation> augmentation) {
        List<Future<LoadedImage>> images = new ArrayList<>();
        for (ImageRef ref : refs) {
            images.add(threads.submit(() -> source.load(ref, augmentation.apply(ref))));
        }
        return new Pending(images);
    }

    /** The pictures in batches, each started while the one before is in use. */
    public Iterator<List<LoadedImage>> batches(Iterator<ImageRef> refs, int batchSize) {
        return new Iterator<>() {
            private Pending ahead = startNext(refs, batchSize);

            @Override
            public boolean hasNext() {
                return ahead != null;
            }

            @Override
            public List<LoadedImage> next() {
                Pending current = ahead;
                ahead = startNext(refs, batchSize);
                return current.get();
            }
        };
    }

    private Pending startNext(Iterator<ImageRef> refs, int batchSize) {
        List<ImageRef> batch = new ArrayList<>();
        while (refs.hasNext() && batch.size() < batchSize) {
            batch.add(refs.next());
        }
        return batch.isEmpty() ? null : start(batch, ref -> Augmentation.NONE);
    }

    /** A batch under way. */
    public record Pending(List<Future<LoadedImage>> images) {

        /** The pictures, in the order asked for. */
        public List<LoadedImage> get() {
            List<LoadedImage> loaded = new ArrayList<>();
            try {
                for (Future<LoadedImage> image : images) {
                    loaded.add(image.get());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while pictures were read", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("reading pictures failed", e.getCause());
            }
            return loaded;
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
