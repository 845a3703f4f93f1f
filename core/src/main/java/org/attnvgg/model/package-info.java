/**
 * What the network is: its settings, the layout of its tensors, their values, and an attention map's statistics. Start with
 * {@link org.attnvgg.model.NetworkConfig} and {@link org.attnvgg.model.NetworkLayout}.
 */
package org.attnvgg.model;
