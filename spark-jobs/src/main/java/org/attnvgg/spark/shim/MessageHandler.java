package org.attnvgg.spark.shim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** What a {@link MessageServer} does with what authenticated peers send. Called by the transport's threads. */
public interface MessageHandler {

    /**
     * A message came.
     *
     * @param reply takes the answer, now or later
     * @throws RefusedException if it is not taken: the peer is told why
     */
    void receive(Peer peer, ByteBuffer message, Consumer<ByteBuffer> reply);

    /**
     * A long message begins.
     *
     * @param header what comes before it
     * @throws RefusedException if it is not wanted: the peer is told why
     */
    Receiver receiveStream(Peer peer, ByteBuffer header);

    /**
     * The bytes of a stream that a peer asks for. Peers that are not authenticated may ask too.
     *
     * @throws RefusedException if there is none of that id
     */
    ByteBuffer openStream(String id);

    /** A connection ended. */
    void disconnected(Peer peer);

    /** Takes a long message in. */
    interface Receiver {

        /** A name for people. */
        String name();

        /** The next bytes. */
        void onData(ByteBuffer part) throws IOException;

        /** That was all. */
        void onComplete() throws IOException;

        /** The rest will not come. */
        void onFailure(Throwable cause);
    }
}
