package org.attnvgg.model;

import ai.djl.Device;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The programs of a training pass on a CPU; whoever loads them closes them.
 *
 * @param blocks of convolutions, from the images on
 * @param head what follows them
 * @param masked whether the head takes a dropout mask
 */
record TrainingPrograms(List<Block> blocks, LoadedProgram head, boolean masked) implements AutoCloseable {

    /** A block's two programs. */
    record Block(BlockProgram program, LoadedProgram forward, LoadedProgram backward) {

        private static Block load(BlockProgram program) {
            return new Block(
                    program,
                    new LoadedProgram("forward of " + program, program.forward(), Device.cpu()),
                    new LoadedProgram("backward of " + program, program.backward(), Device.cpu()));
        }
    }

    /** Loads them; with {@code batchStatistics}, batch norm takes the batch's statistics, and dropout takes place. */
    static TrainingPrograms load(NetworkSettings settings, Precision precision, boolean batchStatistics) {
        boolean masked = batchStatistics && settings.dropout() > 0;
        List<Block> blocks = IntStream.rangeClosed(1, BlockProgram.COUNT)
                .mapToObj(number -> Block.load(new BlockProgram(settings, precision, batchStatistics, number)))
                .toList();
        String head = AttentionHead.program(settings, precision, masked);
        return new TrainingPrograms(blocks, new LoadedProgram("the head of " + settings, head, Device.cpu()), masked);
    }

    @Override
    public void close() {
        for (Block block : blocks) {
            block.forward.close();
            block.backward.close();
        }
        head.close();
    }
}
