package org.attnvgg.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.attnvgg.files.TempFolders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images that this process is decoding just now, in a file that survives it: what a process was decoding when it was
 * killed may be what killed it. The file has a slot for each thread: the URI's length in 4 bytes, and the URI.
 */
final class DecodingJournal {

    private static final Logger LOG = LoggerFactory.getLogger(DecodingJournal.class);

    private static final String NAME = "decoding";
    private static final int SLOT_BYTES = 8192;
    private static final int NONE = -1;

    private final FileChannel file; // null where none can be written; open as long as the process lives
    private final Set<String> suspects;
    private final Queue<Integer> freeSlots = new ConcurrentLinkedQueue<>();
    private final AtomicInteger slots = new AtomicInteger();

    private DecodingJournal(FileChannel file, Set<String> suspects) {
        this.file = file;
        this.suspects = suspects;
    }

    /** One for all decoders of the process. */
    private static final class Holder {
        static final DecodingJournal JOURNAL = open();
    }

    /** The journal of this process. */
    static DecodingJournal ofThisProcess() {
        return Holder.JOURNAL;
    }

    private static DecodingJournal open() {
        try {
            Set<String> suspects = new HashSet<>();
            for (Path left : TempFolders.ofKilledProcesses(NAME)) {
                Set<String> named = read(left);
                suspects.addAll(named);
                if (named.isEmpty()) {
                    Files.deleteIfExists(left);
                }
            }
            Path path = TempFolders.lasting(NAME);
            FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return new DecodingJournal(file, suspects);
        } catch (IOException e) {
            LOG.warn("no journal of images can be kept, so that one that kills the decoder is not found by name", e);
            return new DecodingJournal(null, Set.of());
        }
    }

    /** The URIs that a journal names. */
    static Set<String> read(Path journal) throws IOException {
        Set<String> uris = new HashSet<>();
        ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(journal));
        for (int at = 0; at + Integer.BYTES <= content.limit(); at += SLOT_BYTES) {
            int length = content.getInt(at);
            if (length > 0 && length <= Math.min(SLOT_BYTES, content.limit() - at) - Integer.BYTES) {
                uris.add(new String(content.array(), at + Integer.BYTES, length, StandardCharsets.UTF_8));
            }
        }
        return uris;
    }

    /** Whether a process died while it decoded that image. */
    boolean suspects(String uri) {
        return suspects.contains(uri);
    }

    /** Names an image; gives its slot, or {@link #NONE} if it cannot be named. */
    int enter(String uri) {
        byte[] name = uri.getBytes(StandardCharsets.UTF_8);
        if (file == null || name.length > SLOT_BYTES - Integer.BYTES) {
            return NONE;
        }
        Integer free = freeSlots.poll();
        int slot = free == null ? slots.getAndIncrement() : free;
        write(
                slot,
                ByteBuffer.allocate(Integer.BYTES + name.length)
                        .putInt(name.length)
                        .put(name)
                        .flip());
        return slot;
    }

    /** Takes out what is in a slot. */
    void leave(int slot) {
        if (slot != NONE) {
            write(slot, ByteBuffer.allocate(Integer.BYTES));
            freeSlots.add(slot);
        }
    }

    private void write(int slot, ByteBuffer text) {
        try {
            file.write(text, (long) slot * SLOT_BYTES);
        } catch (IOException e) {
            LOG.debug("writing the journal of images", e); // a full disk must not cost an image
        }
    }
}
