package org.attnvgg.spark.it;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A port that a process listens on, as Linux tells in {@code /proc}.
 *
 * @param address where; 0.0.0.0 or 0:0:0:0:0:0:0:0 for everywhere
 * @param port which
 */
record Listener(String address, int port) {

    private static final String LISTENING = "0A";

    /** Those of a process, given its folder in {@code /proc}. */
    static List<Listener> of(Path process) throws IOException {
        Set<String> sockets = new HashSet<>();
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            for (Path file : files.toList()) {
                String target = Files.readSymbolicLink(file).toString();
                if (target.startsWith("socket:[")) {
                    sockets.add(target.substring("socket:[".length(), target.length() - 1));
                }
            }
        }
        List<Listener> listeners = new ArrayList<>();
        for (String protocol : new String[] {"tcp", "tcp6"}) {
            List<String> lines = Files.readAllLines(process.resolve("net").resolve(protocol));
            for (String line : lines.subList(1, lines.size())) {
                String[] fields = line.strip().split("\\s+", -1);
                if (fields[3].equals(LISTENING) && sockets.contains(fields[9])) {
                    listeners.add(parse(fields[1]));
                }
            }
        }
        return listeners;
    }

    /** The address is in words of four bytes in the processor's order, an IPv4 one inside IPv6's as Java makes it. */
    private static Listener parse(String text) throws IOException {
        int colon = text.indexOf(':');
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(text.substring(0, colon)));
        ByteBuffer bytes = ByteBuffer.allocate(words.capacity());
        while (words.hasRemaining()) {
            bytes.putInt(words.order(ByteOrder.nativeOrder()).getInt());
        }
        return new Listener(
                InetAddress.getByAddress(bytes.array()).getHostAddress(),
                Integer.parseInt(text.substring(colon + 1), 16));
    }
}
