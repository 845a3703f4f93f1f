package org.attnvgg.runtime;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.torchscript.ScriptBuilder;

/** libtorch's product of two square matrices in a precision, which DJL's own arrays cannot do in bfloat16: a yardstick. */
public final class MatrixProduct implements AutoCloseable {

    /** Products of one call, so that rounding the operands once does not count. */
    private static final int PRODUCTS = 4;

    private static final int SIDE = 4096;

    private final ScriptModule module;
    private final NDManager manager;
    private final NDArray matrix;

    /** Products on that device. */
    public MatrixProduct(Precision precision, Device device) {
        StringBuilder source = new StringBuilder("""
                class %1$s(Module):
                  __parameters__ = []
                  __buffers__ = []
                  def forward(self: __torch__.%1$s, x: Tensor) -> Tensor:
                    a = torch.to(x, %2$d)
                """.formatted(ScriptBuilder.NAME, precision.scalarType()));
        for (int i = 0; i < PRODUCTS; i++) {
            // Each of another operand, or libtorch would multiply once.
            source.append("    b%d = torch.mm(a, %s)\n".formatted(i, i == 0 ? "a" : "b" + (i - 1)));
        }
        source.append("    return b%d\n".formatted(PRODUCTS - 1));
        manager = NDManager.newBaseManager(device);
        module = new ScriptModule("a matrix product in " + precision, source.toString(), device);
        matrix = manager.zeros(new Shape(SIDE, SIDE)).add(1e-3f);
    }

    /** Floating-point operations of {@link #run}, in 1e9. */
    public double gigaflop() {
        return PRODUCTS * 2.0 * SIDE * SIDE * SIDE / 1e9;
    }

    /** Multiplies. */
    public void run() {
        module.run(new NDList(matrix), false).close();
    }

    @Override
    public void close() {
        manager.close();
        module.close();
    }
}
