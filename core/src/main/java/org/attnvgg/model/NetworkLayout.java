package org.attnvgg.model;

import java.util.ArrayList;
import java.util.List;
import org.attnvgg.model.TensorSpec.Role;

/**
 * Every tensor of the network in the order of the notebook's {@code state_dict}, and where each lies in the flat vectors
 * of {@link Weights}. {@code num_batches_tracked} is not among them: it is one number for the whole network.
 */
public final class NetworkLayout {

    /** The convolutions of one block: channel counts of the full network. */
    private static final int[][] BLOCKS = {{64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}};

    private static final int ATTENTION_CHANNELS = 256;

    private final List<TensorSpec> tensors = new ArrayList<>();
    private final List<Convolution> convolutions = new ArrayList<>();
    private int trainableSize;
    private int statisticsSize;

    /**
     * One convolution with the batch norm behind it.
     *
     * @param in channels of its input
     * @param out channels of its output
     * @param block 1 to 5
     * @param lastOfBlock whether a max pool follows
     * @param prefix name of the convolution: {@code conv_block1.0}
     * @param normPrefix name of the batch norm: {@code conv_block1.1}
     */
    public record Convolution(int in, int out, int block, boolean lastOfBlock, String prefix, String normPrefix) {
        /** Whether it takes the images themselves. */
        public boolean first() {
            return block == 1 && !lastOfBlock;
        }

        /** The prefix as an identifier of a TorchScript source. */
        public String identifier() {
            return prefix.replace('.', '_');
        }

        /** The batch norm's prefix as such an identifier. */
        public String normIdentifier() {
            return normPrefix.replace('.', '_');
        }

        /** An identifier for what leaves it, after ReLU and, if it is the last of its block, max pool. */
        public String outputIdentifier() {
            return lastOfBlock ? "pool" + block : identifier() + "_relu";
        }
    }

    private NetworkLayout(NetworkConfig settings) {
        int in = 3;
        for (int block = 1; block <= BLOCKS.length; block++) {
            int[] counts = BLOCKS[block - 1];
            for (int i = 0; i < counts.length; i++) {
                int out = settings.channels(counts[i]);
                // A block is a Sequential of (convolution, batch norm, ReLU): three indices a convolution.
                String prefix = "conv_block" + block + ".";
                addConvolution(
                        new Convolution(in, out, block, i == counts.length - 1, prefix + 3 * i, prefix + (3 * i + 1)));
                in = out;
            }
        }
        int pool3 = settings.channels(256);
        int pool4 = settings.channels(512);
        int pool5 = settings.channels(512);
        add("cls.weight", Role.CLASSIFIER_WEIGHT, 1, pool5 + pool4 + pool3);
        add("cls.bias", Role.CLASSIFIER_BIAS, 1);
        int attention = settings.channels(ATTENTION_CHANNELS);
        addAttention("attn1", pool3, pool5, attention);
        addAttention("attn2", pool4, pool5, attention);
    }

    /** The layout of the network with these settings. */
    public static NetworkLayout of(NetworkConfig settings) {
        return new NetworkLayout(settings);
    }

    private void addConvolution(Convolution convolution) {
        int out = convolution.out;
        convolutions.add(convolution);
        add(convolution.prefix + ".weight", Role.CONV_WEIGHT, out, convolution.in, 3, 3);
        add(convolution.prefix + ".bias", Role.CONV_BIAS, out);
        add(convolution.normPrefix + ".weight", Role.NORM_WEIGHT, out);
        add(convolution.normPrefix + ".bias", Role.NORM_BIAS, out);
        add(convolution.normPrefix + ".running_mean", Role.RUNNING_MEAN, out);
        add(convolution.normPrefix + ".running_var", Role.RUNNING_VAR, out);
    }

    private void addAttention(String prefix, int local, int global, int attention) {
        add(prefix + ".W_l.weight", Role.ATTENTION_WEIGHT, attention, local, 1, 1);
        add(prefix + ".W_g.weight", Role.ATTENTION_WEIGHT, attention, global, 1, 1);
        add(prefix + ".phi.weight", Role.ATTENTION_WEIGHT, 1, attention, 1, 1);
        add(prefix + ".phi.bias", Role.ATTENTION_BIAS, 1);
    }

    private void add(String name, Role role, long... shape) {
        List<Long> dimensions = new ArrayList<>();
        for (long dimension : shape) {
            dimensions.add(dimension);
        }
        int offset = role.trainable() ? trainableSize : statisticsSize;
        TensorSpec tensor = new TensorSpec(name, List.copyOf(dimensions), role, offset);
        tensors.add(tensor);
        if (role.trainable()) {
            trainableSize += tensor.size();
        } else {
            statisticsSize += tensor.size();
        }
    }

    /** All tensors, in {@code state_dict} order. */
    public List<TensorSpec> tensors() {
        return List.copyOf(tensors);
    }

    /** The tensor of that name. */
    public TensorSpec tensor(String name) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("AttnVGG has no tensor '" + name + "'"));
    }

    /** The convolutions from input to output. */
    public List<Convolution> convolutions() {
        return List.copyOf(convolutions);
    }

    /** The number of trained values: 15,183,683 at width 1. */
    public int trainableSize() {
        return trainableSize;
    }

    /** The number of running means and variances: 8,448 at width 1. */
    public int statisticsSize() {
        return statisticsSize;
    }
}
