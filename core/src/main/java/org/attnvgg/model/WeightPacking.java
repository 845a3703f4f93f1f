package org.attnvgg.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.attnvgg.model.NetworkLayout.Convolution;

/**
 * Brings the tensors of a {@link NetworkScript} into the format and layout that its convolutions take, once: rounded to its
 * precision, channels last, Winograd's filters transformed.
 *
 * @param network whose tensors they are
 */
record WeightPacking(NetworkScript network) {

    /**
     * The script: it takes and returns the network's tensors in order. What it returns has memory of its own, since DJL's
     * arrays may lie in Java's.
     */
    String script() {
        ScriptBuilder body = new ScriptBuilder();
        body.forward(network.tensors().stream().map(TensorSpec::identifier), "List[Tensor]");
        if (network.winograd()) {
            WinogradMatrices.declareFilterTransform(body, WinogradMatrices.FLOAT64);
        }
        Map<String, String> packed = new LinkedHashMap<>();
        network.tensors().forEach(tensor -> packed.put(tensor.identifier(), copy(tensor.identifier())));
        network.blocks()
                .forEach(block -> block.convolutions().forEach(convolution -> {
                    packed.put(convolution.identifier() + "_weight", filters(block, convolution));
                    packed.put(convolution.identifier() + "_bias", copy(block.bias(convolution)));
                }));
        packed.forEach((name, value) -> body.add("  %s_packed = %s", name, value));
        String all = packed.keySet().stream().map(name -> name + "_packed").collect(Collectors.joining(", "));
        return body.add("  return [%s]", all).toString();
    }

    private String filters(ConvBlock block, Convolution convolution) {
        return block.usesWinograd(convolution)
                ? WinogradConvolution.filters(
                        convolution.identifier() + "_weight",
                        convolution.in(),
                        convolution.out(),
                        network.precision().scalarType())
                : copy(block.filters(convolution));
    }

    /** A copy in the same layout. */
    private static String copy(String value) {
        return "torch.clone(" + value + ")";
    }
}
