package org.attnvgg.torchscript;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;

/**
 * Brings the tensors of a {@link NetworkScript} into the format and layout that its convolutions take, once: rounded to its
 * precision, channels last, Winograd's filters transformed.
 *
 * @param network whose tensors they are
 */
public record WeightPacking(NetworkScript network) {

    /** What the script takes, in order: the network's tensors with batch norm folded, in the format of its parameters. */
    public NDList tensors(Weights weights, NDManager manager) {
        NetworkLayout layout = NetworkLayout.of(network.settings());
        BatchNormFolding folding = new BatchNormFolding(layout, weights);
        Map<String, float[]> values = folding.values();
        Map<String, double[]> exact = network.precision() == Precision.FLOAT64 ? folding.exactValues() : Map.of();
        if (network.precision() == Precision.BFLOAT16) {
            BalancedRounding.apply(layout, weights, values, network::usesWinograd);
        }
        NDList tensors = new NDList();
        for (TensorSpec tensor : network.tensors()) {
            Shape shape = new Shape(tensor.dimensions());
            double[] unrounded = exact.get(tensor.name());
            tensors.add(
                    unrounded == null
                            ? manager.create(values.get(tensor.name()), shape)
                            : manager.create(unrounded, shape));
        }
        return tensors;
    }

    /**
     * The script: it takes and returns the network's tensors in order. What it returns has memory of its own, since DJL's
     * arrays may lie in Java's.
     */
    public String script() {
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
