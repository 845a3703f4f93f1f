package org.attnvgg.io;

/**
 * What a file of weights may hold at most. AttnVGG has about 100 tensors of at most 4 dimensions; the limits leave room, and
 * keep what a crafted file can make the reader do small.
 */
final class WeightFileLimits {

    static final int TENSORS = 1_000;
    static final int DIMENSIONS = 8;

    /** Of a safetensors file's header. */
    static final int HEADER_BYTES = 1_000_000;

    /** Of one pickle: about 100 a tensor are usual. */
    static final int PICKLE_BYTES = 10_000_000;

    /** Instructions of one pickle: about 40 a tensor are usual. */
    static final int PICKLE_INSTRUCTIONS = 1_000_000;

    /** Of a name in a pickle. */
    static final int STRING_BYTES = 65_536;

    /** Entries of a zip: one a storage, and a few of PyTorch's. */
    static final int ZIP_ENTRIES = 2 * TENSORS;

    private WeightFileLimits() {}
}
