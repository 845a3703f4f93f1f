package org.attnvgg.torchscript;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The source of a TorchScript class with one method, {@code forward}, written line by line. */
public final class ScriptBuilder {

    /** The class and its archive's root folder carry this name. */
    public static final String NAME = "AttnVgg";

    private final StringBuilder text = new StringBuilder();

    /** A class whose tensors are all arguments of its method. */
    public ScriptBuilder() {
        this(Stream.of());
    }

    /** A class with those tensors as attributes. */
    ScriptBuilder(Stream<String> attributes) {
        text.append("class ").append(NAME).append("(Module):\n  __parameters__ = []\n  __buffers__ = [");
        StringBuilder declarations = new StringBuilder();
        attributes.forEach(name -> {
            text.append('"').append(name).append("\", ");
            declarations.append("  ").append(name).append(" : Tensor\n");
        });
        text.append("]\n").append(declarations);
    }

    /** Begins the method, which takes those tensors. */
    public ScriptBuilder forward(Stream<String> tensors, String result) {
        String arguments = tensors.map(name -> ", " + name + ": Tensor").collect(Collectors.joining());
        return add("def forward(self: __torch__.%s%s) -> %s:", NAME, arguments, result);
    }

    /** Adds a line to it. */
    @SuppressWarnings("AnnotateFormatMethod") // its annotation would be a dependency
    public ScriptBuilder add(String format, Object... arguments) {
        text.append("  ").append(format.formatted(arguments)).append('\n');
        return this;
    }

    /** The source so far. */
    @Override
    public String toString() {
        return text.toString();
    }
}
