package org.attnvgg.image;

/**
 * Decodes images of which one might kill the process, and finds it by name. An image is written down before native code
 * gets it. What a killed process was decoding is decoded in a JVM of its own first, and is a reject if that dies too. Safe
 * for many threads.
 */
public final class GuardedDecoder implements AutoCloseable {

    private final DecodingJournal journal = DecodingJournal.ofThisProcess();
    private final ImageDecoder decoder;
    private final DecoderProcess process;
    private final boolean suspectsAll;

    /**
     * A decoder with these limits.
     *
     * @param suspectsAll whether every image is decoded in a JVM of its own first: where a process that had the same
     *     images was lost, and its journal may be on another host
     */
    public GuardedDecoder(ImageLimits limits, boolean suspectsAll) {
        decoder = new ImageDecoder(limits);
        process = new DecoderProcess(limits);
        this.suspectsAll = suspectsAll;
    }

    /**
     * The image in a file's bytes, at the scale that an input of {@code imageSize} pixels a side needs.
     *
     * @param suspect whether it was a reject before
     * @throws RejectedImageException if there is none, or none within the limits, or if decoding it kills a process
     */
    public ImageDecoder.Decoded decode(String uri, boolean suspect, byte[] bytes, JpegScale scale, int imageSize)
            throws RejectedImageException {
        if (suspectsAll || suspect || journal.suspects(uri)) {
            process.decode(bytes);
        }
        int slot = journal.enter(uri);
        try {
            return decoder.decode(bytes, scale, imageSize);
        } finally {
            journal.leave(slot);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
