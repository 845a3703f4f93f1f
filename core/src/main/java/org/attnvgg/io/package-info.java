/**
 * Files of weights: safetensors read and written, PyTorch checkpoints read without running what they say. Start with
 * {@link org.attnvgg.io.WeightFiles}.
 */
package org.attnvgg.io;
