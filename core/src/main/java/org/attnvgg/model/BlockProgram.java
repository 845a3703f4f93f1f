package org.attnvgg.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkLayout.Convolution;

/**
 * A block of convolutions for training on CPUs, as two TorchScript programs: forward, and the gradient written out, which
 * may so be computed by {@link WinogradGradient}. Forward convolutions stay plain: a value that errs by one part in a
 * million turns a ReLU or a max pool the other way now and then, and gradients change by a percent.
 *
 * @param settings which network
 * @param precision number format of the convolutions
 * @param batchStatistics whether batch norm takes the batch's own statistics, and moves the running ones
 * @param number 1 to {@link #COUNT}
 */
record BlockProgram(NetworkSettings settings, Precision precision, boolean batchStatistics, int number) {

    /** How many blocks there are. */
    static final int COUNT = 5;

    /** What the block takes, and what it gives. */
    private static final String INPUT = "x";

    private List<Convolution> convolutions() {
        return NetworkLayout.of(settings).convolutions().stream()
                .filter(convolution -> convolution.block() == number)
                .toList();
    }

    /** The tensors that both programs take after everything else, in order. */
    List<TensorSpec> tensors() {
        List<String> prefixes = convolutions().stream()
                .flatMap(convolution -> Stream.of(convolution.prefix(), convolution.normPrefix()))
                .toList();
        return NetworkLayout.of(settings).tensors().stream()
                .filter(tensor -> prefixes.contains(
                        tensor.name().substring(0, tensor.name().lastIndexOf('.'))))
                .toList();
    }

    /** The tensors whose gradients the backward program returns, in order. */
    List<TensorSpec> trainable() {
        return tensors().stream().filter(tensor -> tensor.role().trainable()).toList();
    }

    private Stream<String> tensorNames() {
        return tensors().stream().map(TensorSpec::identifier);
    }

    /** What forward leaves for backward, the output first. */
    private List<String> kept() {
        List<String> kept = new ArrayList<>(List.of("pool" + number));
        for (Convolution convolution : convolutions()) {
            String norm = convolution.normIdentifier();
            kept.addAll(List.of(convolution.identifier(), norm + "_mean", norm + "_scale"));
            kept.add(convolution.lastOfBlock() ? norm + "_places" : convolution.outputIdentifier());
        }
        return kept;
    }

    /** From the block's input, for the first the images N×3×S×S, to its output and what else backward takes. */
    String forward() {
        ProgramText body = new ProgramText();
        body.add(
                "def forward(self: __torch__.%s, %s: Tensor%s) -> List[Tensor]:",
                NetworkProgram.NAME, INPUT, NetworkProgram.arguments(tensorNames()));
        String value = input(body);
        for (Convolution convolution : convolutions()) {
            String conv = convolution.identifier();
            String norm = convolution.normIdentifier();
            String bias = precision.cast(conv + "_bias");
            body.add("  %s = torch.conv2d(%s, %s, %s, [1, 1], [1, 1])", conv, value, filters(convolution), bias);
            body.add(
                    "  %s, %1$s_mean, %1$s_scale, = torch.native_batch_norm(%s, %1$s_weight, %1$s_bias, %1$s_running_mean,"
                            + " %1$s_running_var, %s, 0.1, 1.0000000000000001e-05)",
                    norm, conv, flag(batchStatistics));
            String activated = norm;
            if (convolution.lastOfBlock()) {
                body.add("  %s_pool, %1$s_places, = torch.max_pool2d_with_indices(%1$s, [2, 2], [2, 2])", norm);
                activated = norm + "_pool";
            }
            value = convolution.outputIdentifier();
            body.add("  %s = torch.relu_(%s)", value, activated);
        }
        body.add("  return [%s]", String.join(", ", kept()));
        return NetworkProgram.classHead("") + body;
    }

    /** Writes the input as convolutions take it, and gives its name. */
    private String input(ProgramText body) {
        body.add("  pool%d = %s", number - 1, number == 1 ? layout(precision.cast(INPUT)) : INPUT);
        return "pool" + (number - 1);
    }

    /**
     * From the gradient by the output, the input, and what forward gave to the gradient by the input, for the first block an
     * empty one, and those of {@link #trainable()}.
     */
    String backward() {
        ProgramText body = new ProgramText();
        Stream<String> names = Stream.concat(Stream.concat(Stream.of(INPUT), kept().stream()), tensorNames());
        body.add(
                "def forward(self: __torch__.%s, slope: Tensor%s) -> List[Tensor]:",
                NetworkProgram.NAME, NetworkProgram.arguments(names));
        WinogradMatrices.declare(body, precision.scalarType());
        WinogradMatrices.declareSampling(body, precision.wideScalarType());
        input(body);
        List<Convolution> convolutions = convolutions();
        String slope = layout(precision.cast("slope"));
        for (int i = convolutions.size() - 1; i >= 0; i--) {
            String value =
                    i == 0 ? "pool" + (number - 1) : convolutions.get(i - 1).outputIdentifier();
            slope = slope(body, convolutions.get(i), value, slope);
        }
        String gradients = trainable().stream()
                .map(tensor -> tensor.identifier() + "_slope")
                .collect(Collectors.joining(", "));
        body.add("  return [%s, %s]", number == 1 ? "torch.empty([0])" : slope, gradients);
        return NetworkProgram.classHead("") + body;
    }

    /** From the gradient by what leaves a convolution's ReLU or max pool to that by its input, {@code value}. */
    private String slope(ProgramText body, Convolution convolution, String value, String slope) {
        String conv = convolution.identifier();
        String norm = convolution.normIdentifier();
        String activated = "torch.threshold_backward(%s, %s, 0)".formatted(slope, convolution.outputIdentifier());
        if (convolution.lastOfBlock()) {
            // Of what was pooled only its shape and layout count, which are those of what batch norm took.
            activated =
                    "torch.max_pool2d_with_indices_backward(%s, %s, [2, 2], [2, 2], [0, 0], [1, 1], False, %s_places)"
                            .formatted(activated, conv, norm);
        }
        body.add(
                "  %s_result, %2$s_weight_slope, %2$s_bias_slope, = torch.native_batch_norm_backward(%3$s, %1$s, %2$s_weight,"
                        + " %2$s_running_mean, %2$s_running_var, %2$s_mean, %2$s_scale, %4$s, 1.0000000000000001e-05,"
                        + " [True, True, True])",
                conv, norm, activated, flag(batchStatistics));
        // Batch norm takes a batch's mean away, and a bias with it.
        String zeros = "torch.zeros_like(" + conv + "_bias)";
        String sum = "torch.sum(%s_result, [0, 2, 3], False, dtype=%d)".formatted(conv, precision.wideScalarType());
        body.add("  %s_bias_slope = %s", conv, batchStatistics ? zeros : sum);
        if (WinogradGradient.suits(convolution.out())) {
            int size = settings.imageSize() >> (number - 1);
            WinogradGradient.write(body, convolution, size, precision, value);
        } else {
            body.add(
                    "  %s_value_slope, %1$s_filters_slope, %1$s_none, = torch.convolution_backward(%1$s_result, %s, %s, None,"
                            + " [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [%s, True, False])",
                    conv, value, filters(convolution), flag(!convolution.first()));
            body.add("  %s_weight_slope = torch.contiguous(%s)", conv, precision.widened(conv + "_filters_slope"));
        }
        return conv + "_value_slope";
    }

    private static String flag(boolean value) {
        return value ? "True" : "False";
    }

    private String filters(Convolution convolution) {
        return layout(precision.cast(convolution.identifier() + "_weight"));
    }

    private String layout(String value) {
        return NetworkProgram.trainingLayout(value, precision);
    }
}
