package org.attnvgg.torchscript;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;

/**
 * Writes a TorchScript archive, which DJL and {@code torch.jit.load} read: a zip of stored entries under one folder with
 * the code, the module's attributes as a pickle, and the bytes of its tensors
 * (https://github.com/pytorch/pytorch/blob/main/torch/csrc/jit/docs/serialization.md).
 */
public final class TorchScriptArchive {

    private static final String ROOT = ScriptBuilder.NAME + "/";
    private static final byte[] EMPTY_TUPLE_PICKLE = latin1("\u0080\u0002).");
    /** The oldest archive version that has every operator used: any PyTorch since 1.5 reads it. */
    private static final byte[] FORMAT_VERSION = latin1("3\n");
    /** PyTorch maps tensors from the file and wants their bytes at multiples of this. */
    private static final int ALIGNMENT = 64;

    private final ZipOutputStream zip;
    private long position;

    private TorchScriptArchive(OutputStream out) {
        zip = new ZipOutputStream(out);
    }

    /** The archive of a script that takes its tensors as arguments. */
    public static byte[] ofSource(String source) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            new TorchScriptArchive(bytes).write(source, List.of(), Map.of());
        } catch (IOException e) {
            throw new AssertionError("a byte array takes every write", e);
        }
        return bytes.toByteArray();
    }

    /** Writes the archive of a network with its weights inside: images N×3×S×S float32 in, a {@link NetworkScript}'s results out. */
    public static void export(NetworkConfig settings, Weights weights, OutputStream out) throws IOException {
        NetworkScript script = new NetworkScript(settings, Precision.FLOAT32, false);
        BatchNormFolding folding = new BatchNormFolding(NetworkLayout.of(settings), weights);
        new TorchScriptArchive(out).write(script.sourceWithAttributes(), script.tensors(), folding.values());
    }

    private void write(String source, List<TensorSpec> tensors, Map<String, float[]> values) throws IOException {
        entry("data.pkl", modulePickle(tensors));
        entry("code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
        entry("constants.pkl", EMPTY_TUPLE_PICKLE);
        for (int i = 0; i < tensors.size(); i++) {
            entry("data/" + i, littleEndian(values.get(tensors.get(i).name())));
        }
        entry("version", FORMAT_VERSION);
        zip.finish();
        zip.flush();
    }

    private void entry(String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(ROOT + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setTime(315_532_800_000L); // 1980-01-01: the same weights make the same file
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setCrc(crc.getValue());
        int header = 30 + entry.getName().length();
        // An extra field (id 'FB', length) whose padding puts the data on the alignment.
        int padding = (int) (ALIGNMENT - (position + header + 4) % ALIGNMENT) % ALIGNMENT;
        entry.setExtra(ByteBuffer.allocate(4 + padding)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0x4246)
                .putShort((short) padding)
                .array());
        position += header + 4 + padding + bytes.length;
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    /** An object of the script's class whose state is a dictionary of tensors. */
    private static byte[] modulePickle(List<TensorSpec> tensors) {
        StringBuilder pickle = new StringBuilder("\u0080\u0002c__torch__\n" + ScriptBuilder.NAME + "\n)\u0081}(");
        for (int i = 0; i < tensors.size(); i++) {
            TensorSpec tensor = tensors.get(i);
            pickle.append(text(tensor.identifier())).append(tensor(i, tensor));
        }
        return latin1(pickle.append("ub.").toString());
    }

    /** {@code _rebuild_tensor_v2(storage i, offset 0, shape, stride, requires_grad False, OrderedDict())}. */
    private static String tensor(int i, TensorSpec tensor) {
        long[] shape = tensor.dimensions();
        long[] stride = new long[shape.length];
        long step = 1;
        for (int d = shape.length - 1; d >= 0; d--) {
            stride[d] = step;
            step *= shape[d];
        }
        String storage = "(" + text("storage") + "ctorch\nFloatStorage\n" + text(Integer.toString(i)) + text("cpu")
                + number(tensor.size()) + "tQ";
        return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + tuple(shape) + tuple(stride)
                + "\u0089ccollections\nOrderedDict\n)RtR";
    }

    private static String tuple(long[] values) {
        StringBuilder tuple = new StringBuilder("(");
        for (long value : values) {
            tuple.append(number(value));
        }
        return tuple.append('t').toString();
    }

    private static String number(long value) {
        return "J" + fourBytes(Math.toIntExact(value));
    }

    private static String text(String value) {
        return "X" + fourBytes(value.length()) + value;
    }

    private static String fourBytes(int value) {
        byte[] bytes = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] littleEndian(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
