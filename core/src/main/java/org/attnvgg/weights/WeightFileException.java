package org.attnvgg.weights;

import java.nio.file.Path;

/** A weight file that is not what it should be: the message names the file, the tensor, and what was expected. */
public final class WeightFileException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What is wrong with a file as a whole. */
    public WeightFileException(Path file, String problem) {
        super(file + ": " + problem);
    }

    /** What is wrong with one tensor of a file. */
    public WeightFileException(Path file, String tensor, String problem) {
        super(file + ": tensor '" + tensor + "': " + problem);
    }
}
