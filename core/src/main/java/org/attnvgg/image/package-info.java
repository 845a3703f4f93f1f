/**
 * Images from their bytes to the network's input, pixel for pixel as the notebook's OpenCV, PIL and torchvision make
 * them. Start with {@link org.attnvgg.image.ImageDecoder} and {@link org.attnvgg.image.PilTransforms}.
 */
package org.attnvgg.image;
