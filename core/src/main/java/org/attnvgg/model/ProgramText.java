package org.attnvgg.model;

/** Lines of a method of a TorchScript class. */
final class ProgramText {

    private final StringBuilder text = new StringBuilder();

    @SuppressWarnings("AnnotateFormatMethod") // its annotation would be a dependency
    void add(String format, Object... arguments) {
        text.append("  ").append(format.formatted(arguments)).append('\n');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
