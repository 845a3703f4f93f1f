/**
 * What the network computes, written for libtorch as TorchScript, once for training, scoring and {@code model.pt}. Start with
 * {@link org.attnvgg.torchscript.ConvBlock}, its {@link org.attnvgg.torchscript.ConvBlockGradient gradient}, and
 * {@link org.attnvgg.torchscript.NetworkScript}.
 */
package org.attnvgg.torchscript;
