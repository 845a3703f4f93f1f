package org.attnvgg.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataTypes;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.RgbImage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scala.runtime.AbstractFunction0;

/** Thousands of arguments for each function, of all types and ranges: a value, NULL, or an error in one sentence. */
class RandomArgumentsTest {

    private static final int CALLS = 3000;

    private static final double[] NUMBERS = {
        0,
        1,
        2,
        3,
        4,
        7,
        28,
        64,
        -1,
        0.5,
        0.1,
        1.5,
        4097,
        65_536,
        1e6,
        1e300,
        Integer.MIN_VALUE,
        Integer.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MIN_VALUE
    };

    private static final byte[] IMAGE = AttentionOverlay.encode(new RgbImage(9, 64, new byte[9 * 64 * 3]), ".jpg");

    private final Random random = new Random(19);

    @ParameterizedTest
    @EnumSource
    void anyArgumentsGiveAValueOrNullOrOneSentence(AttentionFunction function) {
        int[] ends = new int[3]; // values, nulls, errors
        for (boolean ansi : new boolean[] {false, true}) {
            SQLConf conf = new SQLConf();
            conf.setConfString("spark.sql.ansi.enabled", Boolean.toString(ansi));
            SQLConf.withExistingConf(conf, new AbstractFunction0<Void>() {
                @Override
                public Void apply() {
                    for (int i = 0; i < CALLS / 2; i++) {
                        ends[end(function)]++;
                    }
                    return null;
                }
            });
        }
        assertThat(ends).as("values, nulls and errors of " + function.sqlName()).doesNotContain(0);
    }

    private int end(AttentionFunction function) {
        Object[] arguments = function.parameters().stream()
                .map(parameter -> random.nextInt(16) == 0 ? anything() : fitting(parameter.kind()))
                .toArray();
        try {
            return Calls.call(function, arguments) == null ? 1 : 0;
        } catch (ArgumentException e) {
            assertThat(e.getMessage()).matches(function.sqlName() + ": [^\\n;]+; expected [^\\n;]+");
        } catch (Exception e) {
            if (!(e instanceof SparkThrowable)) { // what Spark cannot cast
                throw new AssertionError(function.sqlName() + Arrays.deepToString(arguments), e);
            }
        }
        return 2;
    }

    private Object fitting(Parameter.Kind kind) {
        return switch (kind) {
            case MAP, MASS -> random.nextInt(4) == 0 ? doubles() : floats();
            case IMAGE -> file();
            case WIDTH, SIZE -> (double) (1 << random.nextInt(6));
            case SHARE, COORDINATE -> random.nextDouble();
        };
    }

    private Object anything() {
        double number = NUMBERS[random.nextInt(NUMBERS.length)];
        return switch (random.nextInt(14)) {
            case 0 -> null;
            case 1 -> (int) number;
            case 2 -> (long) number;
            case 3 -> (float) number;
            case 4 -> number;
            case 5 ->
                new BigDecimal(Double.isFinite(number) && Math.abs(number) < 1e30 ? number : 1e37)
                        .setScale(0, java.math.RoundingMode.HALF_UP);
            case 6 -> Double.toString(number);
            case 7 -> "28";
            case 8 -> "no number\u001b[2J";
            case 9 -> random.nextBoolean();
            case 10 -> file();
            case 11 -> floats();
            case 12 -> Calls.array(DataTypes.FloatType, 1f, null);
            default -> Calls.array(DataTypes.StringType, "1", "x", null);
        };
    }

    private float[] floats() {
        int length = random.nextInt(16) == 0 ? random.nextInt(70) : 1 << random.nextInt(7);
        float[] map = new float[length];
        boolean wild = random.nextInt(8) == 0;
        for (int i = 0; i < length; i++) {
            map[i] = wild ? (float) NUMBERS[random.nextInt(NUMBERS.length)] : random.nextFloat();
        }
        return map;
    }

    private double[] doubles() {
        float[] map = floats();
        return IntStream.range(0, map.length).mapToDouble(i -> map[i]).toArray();
    }

    private byte[] file() {
        byte[] file = IMAGE.clone();
        switch (random.nextInt(4)) {
            case 0 -> random.nextBytes(file);
            case 1 -> file = Arrays.copyOf(file, random.nextInt(file.length));
            default -> {} // as it is
        }
        return file;
    }
}
