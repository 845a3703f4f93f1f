package org.attnvgg.image;

/**
 * A PNG file reduced to the chunks that its still image is made of.
 *
 * @param significantBits how many bits of each 16-bit sample count (sBIT); 0 where all do
 * @param bytes signature, IHDR, PLTE, tRNS, IDAT and IEND
 * @param length how many of {@code bytes} are used
 */
record PngImage(int width, int height, int orientation, int significantBits, byte[] bytes, int length)
        implements EncodedImage {

    static final long SIGNATURE = 0x89504e470d0a1a0aL;

    @Override
    public String format() {
        return "PNG";
    }

    @Override
    public int scratchBytesPerPixel() {
        return significantBits == 0 ? 0 : SixteenBitSamples.SCRATCH_BYTES_PER_PIXEL;
    }
}
