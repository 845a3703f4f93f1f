package org.attnvgg.image;

import java.io.RandomAccessFile;
import java.time.Duration;
import java.time.Instant;

/** Decodes mutants in a JVM of its own, and writes down the number of each before native code can see it. */
final class DecoderFuzz {

    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(8, 4_000_000));
    private static final int INPUT = 64;

    private DecoderFuzz() {}

    /** Arguments: the first number, how many, seconds at most, and the file for the number in work. */
    public static void main(String[] args) throws Exception {
        long first = Long.parseLong(args[0]);
        long end = first + Long.parseLong(args[1]);
        Instant deadline = Instant.now().plus(Duration.ofSeconds(Long.parseLong(args[2])));
        Mutants mutants = new Mutants();
        int decoded = 0;
        long number = first;
        try (RandomAccessFile journal = new RandomAccessFile(args[3], "rw")) {
            for (; number < end && Instant.now().isBefore(deadline); number++) {
                byte[] mutant = mutants.of(number);
                journal.seek(0);
                journal.writeLong(number);
                decoded += isDecoded(mutant, number) ? 1 : 0;
            }
        }
        System.out.printf("%d mutants, %d decoded%n", number - first, decoded);
    }

    private static boolean isDecoded(byte[] mutant, long number) {
        JpegScale scale = number % 2 == 0 ? JpegScale.FULL : JpegScale.REDUCED;
        try {
            ImageDecoder.Decoded image = DECODER.decode(mutant, scale, INPUT);
            return image.width() > 0;
        } catch (RejectedImageException e) {
            return false;
        }
    }
}
