/**
 * The network: its settings, the layout of its tensors, the TorchScript modules that compute it, and how it is trained and
 * scores. Start with {@link org.attnvgg.torchscript.ConvBlock} and {@link org.attnvgg.torchscript.NetworkScript}, which state the network.
 */
package org.attnvgg.model;
