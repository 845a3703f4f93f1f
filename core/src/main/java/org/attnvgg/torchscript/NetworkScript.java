package org.attnvgg.torchscript;

import java.util.List;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.torchscript.ConvBlock.Use;

/**
 * The whole network as a TorchScript class, for scoring: five {@link ConvBlock}s and the {@link AttentionHead}, with batch
 * norm folded into the convolutions (see {@link BatchNormFolding}).
 *
 * <p>It takes the images N×3×S×S in float32 and {@link #tensors()}, as {@link WeightPacking} gives them; it returns the
 * logits N×1 and the attention maps N×1×S/8×S/8 (pool-3) and N×1×S/16×S/16 (pool-4), all float32.
 *
 * <p>Network: Yan, Kawahara, Hamarneh, "Melanoma Recognition via Visual Attention", IPMI 2019.
 *
 * @param settings which network
 * @param precision number format of the convolutions
 * @param winograd whether {@link WinogradConvolution} computes the wide convolutions
 */
public record NetworkScript(NetworkConfig settings, Precision precision, boolean winograd) {

    /** The blocks of convolutions. */
    List<ConvBlock> blocks() {
        return ConvBlock.all(settings, precision, winograd ? Use.SCORING_BY_WINOGRAD : Use.SCORING);
    }

    /** The tensors that it takes, in order. */
    List<TensorSpec> tensors() {
        return NetworkLayout.of(settings).tensors().stream()
                .filter(tensor -> !tensor.role().ofBatchNorm())
                .toList();
    }

    /** Whether {@link WinogradConvolution} computes that convolution. */
    boolean usesWinograd(Convolution convolution) {
        return blocks().get(convolution.block() - 1).usesWinograd(convolution);
    }

    /** The source of a class that takes its tensors as arguments. */
    public String source() {
        ScriptBuilder body = new ScriptBuilder();
        return write(body, tensors().stream().map(TensorSpec::identifier));
    }

    /** The source of a class that has its tensors as attributes: what {@code model.pt} holds. */
    String sourceWithAttributes() {
        ScriptBuilder body = new ScriptBuilder(tensors().stream().map(TensorSpec::identifier));
        return write(body, Stream.of());
    }

    private String write(ScriptBuilder body, Stream<String> arguments) {
        List<String> taken = arguments.toList();
        body.forward(Stream.concat(Stream.of("x"), taken.stream()), AttentionHead.RESULT);
        if (taken.isEmpty()) {
            tensors().forEach(tensor -> body.add("  %1$s = self.%1$s", tensor.identifier()));
        }
        if (winograd) {
            WinogradMatrices.declare(body, precision.scalarType());
        }
        blocks().get(0).formatInput(body, "x");
        blocks().forEach(block -> block.write(body));
        AttentionHead.write(body, settings, precision, false, false);
        return body.toString();
    }
}
