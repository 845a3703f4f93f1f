package org.attnvgg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A script that computes things in two ways. */
public final class BothWays {

    private BothWays() {}

    /**
     * Runs it on normally distributed inputs. Of every two outputs in float64, a result and what it should be, gives the
     * root of the mean square of the error over that of the latter.
     */
    public static List<Double> relativeErrors(String source, Shape... inputs) {
        Random random = new Random(5);
        try (ScriptModule module = new ScriptModule("both ways", source, Device.cpu());
                NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            NDList arrays = new NDList();
            for (Shape shape : inputs) {
                arrays.add(normal(manager, shape, random));
            }
            NDList outputs = module.run(arrays, false);
            List<Double> errors = new ArrayList<>();
            for (int i = 0; i < outputs.size(); i += 2) {
                errors.add(relativeError(outputs.get(i), outputs.get(i + 1)));
            }
            return errors;
        }
    }

    private static NDArray normal(NDManager manager, Shape shape, Random random) {
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, shape);
    }

    private static double relativeError(NDArray found, NDArray expected) {
        assertThat(found.getShape()).isEqualTo(expected.getShape());
        double error = found.sub(expected).square().sum().getDouble();
        return Math.sqrt(error / expected.square().sum().getDouble());
    }
}
