package org.attnvgg.spark.shim;

import org.apache.spark.network.client.TransportClient;

/** The other end of a connection; equal to itself alone. */
public final class Peer {

    private final TransportClient client;

    Peer(TransportClient client) {
        this.client = client;
    }

    /** Closes the connection. */
    public void disconnect() {
        client.close();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Peer peer && client.getChannel().equals(peer.client.getChannel());
    }

    @Override
    public int hashCode() {
        return client.getChannel().hashCode();
    }

    @Override
    public String toString() {
        return String.valueOf(client.getSocketAddress());
    }
}
