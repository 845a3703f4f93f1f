package org.attnvgg.image;

/** Bits of a scan's data, without the zeros that are stuffed behind 0xFF (T.81, B.1.1.5). */
final class JpegBits {

    private static final int FF = 0xff;
    private static final int FIRST_RESTART = 0xd0;
    private static final int RESTARTS = 8;

    private final byte[] bytes;
    private final int end;
    private int at;
    private long held; // the last bits read are its lowest
    private int count;

    /** Bits of the bytes from {@code start} to before {@code end}. */
    JpegBits(byte[] bytes, int start, int end) {
        this.bytes = bytes;
        this.at = start;
        this.end = end;
    }

    /** The next 16 bits, with zeros behind the last. */
    int peek16() {
        if (count < 16) {
            fill();
        }
        return (int) (count >= 16 ? held >> (count - 16) : held << (16 - count)) & 0xffff;
    }

    /** The next bits, 16 at most, as a number. */
    int take(int bits) throws LostDataException {
        int value = peek16() >> (16 - bits);
        skip(bits);
        return value;
    }

    /** Passes over bits, 16 at most. */
    void skip(int bits) throws LostDataException {
        if (count < bits) {
            fill();
            if (count < bits) {
                throw new LostDataException("they end before the image does");
            }
        }
        count -= bits;
    }

    private void fill() {
        while (count <= 48 && at < end) {
            int next = bytes[at] & 0xff;
            if (next == FF) {
                if (at + 1 >= end || bytes[at + 1] != 0) {
                    return; // a marker
                }
                at++;
            }
            at++;
            held = held << 8 | next;
            count += 8;
        }
    }

    /** Passes over the restart marker that stands here, the one of that number. */
    void restart(int number) throws LostDataException {
        rewind();
        while (at + 1 < end && (bytes[at] & 0xff) == FF && (bytes[at + 1] & 0xff) == FF) {
            at++;
        }
        boolean there =
                at + 1 < end && (bytes[at] & 0xff) == FF && (bytes[at + 1] & 0xff) == FIRST_RESTART + number % RESTARTS;
        if (!there) {
            throw new LostDataException("a restart marker is missing");
        }
        at += 2;
    }

    /** Where the first byte stands of which no bit was read. */
    int position() {
        rewind();
        return at;
    }

    /** Gives back whole bytes that were read ahead, and passes over the rest of the byte that was begun. */
    private void rewind() {
        for (int ahead = count / 8; ahead > 0; ahead--) {
            at--;
            if (bytes[at] == 0 && bytes[at - 1] == (byte) FF) {
                at--;
            }
        }
        count = 0;
        held = 0;
    }
}
