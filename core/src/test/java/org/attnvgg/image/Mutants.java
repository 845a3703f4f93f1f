package org.attnvgg.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Image files changed at random; the same number gives the same file. */
final class Mutants {

    private static final int[] SPECIAL = {0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, 0xd8, 0xd9, 0xda, 0xc0, 0xc2, 0xc4, 0xe1};
    private static final String[] CHUNKS = {"acTL", "fcTL", "fdAT", "tRNS", "PLTE", "iCCP", "eXIf", "zTXt", "IDAT"};

    private final List<byte[]> originals = new ArrayList<>();

    /** Mutants of every image of the tests that is less than 64 KiB. */
    Mutants() throws IOException {
        for (String folder : List.of("bad", "hostile")) {
            try (var files = Files.list(Path.of("src/test/resources", folder))) {
                for (Path file : files.sorted().toList()) {
                    boolean image = file.toString().matches(".*\\.(jpg|png|bmp)");
                    if (image && Files.size(file) > 0 && Files.size(file) < 1 << 16) {
                        originals.add(Files.readAllBytes(file));
                    }
                }
            }
        }
        originals.add(interlaced(Path.of("src/test/resources/hostile/ref.jpg")));
    }

    private static byte[] interlaced(Path image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam adam7 = writer.getDefaultWriteParam();
            adam7.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.write(null, new IIOImage(ImageIO.read(image.toFile()), null, null), adam7);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** A file, of which nearly all differ. */
    byte[] of(long number) {
        SplittableRandom random = new SplittableRandom(number);
        byte[] file = originals.get(random.nextInt(originals.size())).clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && file.length > 64; i++) {
            file = changed(file, random);
        }
        boolean png = file.length > 8 && ByteBuffer.wrap(file).getLong(0) == PngImage.SIGNATURE;
        return png && random.nextInt(8) > 0 ? withChecksums(file) : file;
    }

    private byte[] changed(byte[] file, SplittableRandom random) {
        boolean header = random.nextBoolean();
        int at = random.nextInt(header ? Math.min(file.length, 200) : file.length);
        int length = 1 + random.nextInt(Math.min(64, file.length - at));
        byte[] before = Arrays.copyOf(file, at);
        byte[] part = Arrays.copyOfRange(file, at, at + length);
        byte[] behind = Arrays.copyOfRange(file, at + length, file.length);
        switch (random.nextInt(8)) {
            case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> file[at] = (byte) SPECIAL[random.nextInt(SPECIAL.length)];
            case 2 -> {
                return JpegFiles.concat(before, behind);
            }
            case 3 -> {
                return JpegFiles.concat(before, part, part, behind);
            }
            case 4 -> {
                return JpegFiles.concat(before, part, piece(random), behind);
            }
            case 5 -> {
                return before.length > 64 ? before : file;
            }
            case 6 -> Arrays.fill(file, at, at + length, (byte) random.nextInt());
            default -> {
                byte[] body = new byte[random.nextInt(40)];
                random.nextBytes(body);
                boolean png = (file[0] & 0xff) == 0x89;
                return png ? withChunk(file, CHUNKS[random.nextInt(CHUNKS.length)], body, random) : file;
            }
        }
        return file;
    }

    /** Bytes of another file. */
    private byte[] piece(SplittableRandom random) {
        byte[] other = originals.get(random.nextInt(originals.size()));
        int from = random.nextInt(other.length);
        return Arrays.copyOfRange(other, from, Math.min(other.length, from + random.nextInt(400)));
    }

    /** With a chunk between two others. */
    private static byte[] withChunk(byte[] png, String type, byte[] body, SplittableRandom random) {
        List<Integer> starts = new ArrayList<>();
        long at = 8;
        while (at + 12 <= png.length) {
            starts.add((int) at);
            at += 12 + Integer.toUnsignedLong(ByteBuffer.wrap(png).getInt((int) at));
        }
        int start = starts.isEmpty() ? png.length : starts.get(random.nextInt(starts.size()));
        return JpegFiles.concat(
                Arrays.copyOf(png, start), PngFiles.chunk(type, body), Arrays.copyOfRange(png, start, png.length));
    }

    /** Makes the checksums right, so that a change is not found by them. */
    private static byte[] withChecksums(byte[] png) {
        ByteBuffer file = ByteBuffer.wrap(png);
        long at = 8;
        while (at + 12 <= png.length) {
            long length = Integer.toUnsignedLong(file.getInt((int) at));
            if (at + 12 + length > png.length) {
                break;
            }
            CRC32 crc = new CRC32();
            crc.update(png, (int) at + 4, (int) length + 4);
            file.putInt((int) (at + 8 + length), (int) crc.getValue());
            at += 12 + length;
        }
        return png;
    }
}
