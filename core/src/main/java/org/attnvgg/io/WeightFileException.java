package org.attnvgg.io;

import java.nio.file.Path;

/** A weight file that is not what it should be: the message names the file, the tensor, and what was expected. */
public final class WeightFileException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Texts out of a file are shown up to here. */
    private static final int MAX_NAME = 100;

    private static final int MAX_PROBLEM = 500;

    private final String fileName;
    private final String problem;

    /** What is wrong with a file as a whole. */
    public WeightFileException(Path file, String problem) {
        this(file.toString(), String.valueOf(file.getFileName()), oneLine(problem, MAX_PROBLEM));
    }

    /** What is wrong with one tensor of a file. */
    public WeightFileException(Path file, String tensor, String problem) {
        this(file, "tensor '" + oneLine(tensor, MAX_NAME) + "': " + problem);
    }

    private WeightFileException(String shown, String fileName, String problem) {
        super(shown + ": " + problem);
        this.fileName = fileName;
        this.problem = problem;
    }

    /** The name of the file, without its folders. */
    public String fileName() {
        return fileName;
    }

    /** The same problem of a file that its user knows by another name than the one that was read. */
    public WeightFileException of(String shown) {
        return new WeightFileException(shown, fileName, problem);
    }

    /** A text out of a file in one line: control characters as escapes, cut where it is long. */
    private static String oneLine(String text, int most) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> {
            boolean shown = !Character.isISOControl(c)
                    && Character.getType(c) != Character.FORMAT
                    && Character.getType(c) != Character.LINE_SEPARATOR
                    && Character.getType(c) != Character.PARAGRAPH_SEPARATOR
                    && Character.getType(c) != Character.SURROGATE;
            line.append(shown ? Character.toString(c) : "\\u%04x".formatted(c));
        });
        return text.length() > most ? line + " ..." : line.toString();
    }
}
