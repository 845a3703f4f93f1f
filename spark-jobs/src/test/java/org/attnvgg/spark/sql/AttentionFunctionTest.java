package org.attnvgg.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_AREA;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_AT;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_CENTROID;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_DICE;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_ENTROPY;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_JACCARD;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_MASK;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_OVERLAY;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_PEAK;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_REGION;
import static org.attnvgg.spark.sql.AttentionFunction.ATTENTION_UPSAMPLE;
import static org.attnvgg.spark.sql.Calls.array;
import static org.attnvgg.spark.sql.Calls.call;

import java.math.BigDecimal;
import java.util.Arrays;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AttentionFunctionTest {

    private static final float[] FOUR = {0, 1, 2, 3};

    private static final byte[] IMAGE = AttentionOverlay.encode(new RgbImage(40, 30, new byte[40 * 30 * 3]), ".png");

    private static void assertRefused(String sentence, AttentionFunction function, Object... arguments) {
        assertThatThrownBy(() -> call(function, arguments))
                .isInstanceOf(ArgumentException.class)
                .hasMessage(sentence)
                .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
    }

    @Test
    void sizesAreWholeNumbersFrom1To4096() {
        assertRefused("attention_mask: width 1000000; expected 1 to 4096", ATTENTION_MASK, IMAGE, 1_000_000);
        assertRefused("attention_mask: width 0; expected 1 to 4096", ATTENTION_MASK, IMAGE, 0);
        assertRefused(
                "attention_mask: width -2147483648; expected 1 to 4096", ATTENTION_MASK, IMAGE, Integer.MIN_VALUE);
        assertRefused("attention_mask: width 2.5; expected a whole number, 1 to 4096", ATTENTION_MASK, IMAGE, 2.5);
        assertRefused(
                "attention_mask: width NaN; expected a whole number, 1 to 4096", ATTENTION_MASK, IMAGE, Double.NaN);
        assertRefused(
                "attention_upsample: new_width 65536; expected 1 to 4096", ATTENTION_UPSAMPLE, FOUR, 2, 65_536, 65_536);
        assertRefused("attention_upsample: new_height 4097; expected 1 to 4096", ATTENTION_UPSAMPLE, FOUR, 2, 4, 4097);
        assertRefused("attention_at: width 0; expected 1 to 4096", ATTENTION_AT, FOUR, 0, 0.5, 0.5);
    }

    @Test
    void aSizeThatIs28InTheBitsOfAnIntIsNot28() {
        assertRefused("attention_mask: width 4294967324; expected 1 to 4096", ATTENTION_MASK, IMAGE, (1L << 32) + 28);
        assertRefused(
                "attention_mask: width 1.8446744073709552E19; expected 1 to 4096",
                ATTENTION_MASK,
                IMAGE,
                new BigDecimal("18446744073709551644"));
    }

    @Test
    void aMapHasWholeRowsOfItsWidth() {
        assertRefused(
                "attention_overlay: map of 1 values with width 28; expected 1 to 4096 rows of 28 values",
                ATTENTION_OVERLAY,
                IMAGE,
                new float[1],
                28);
        assertRefused(
                "attention_overlay: map of 1 values with width 4000; expected 1 to 4096 rows of 4000 values",
                ATTENTION_OVERLAY,
                IMAGE,
                new float[1],
                4000);
        assertRefused(
                "attention_at: map of 4 values with width 3; expected 1 to 4096 rows of 3 values",
                ATTENTION_AT,
                FOUR,
                3,
                0.5,
                0.5);
        assertRefused(
                "attention_peak: map of 5000 values with width 1; expected 1 to 4096 rows of 1 values",
                ATTENTION_PEAK,
                new float[5000],
                1);
        assertRefused("attention_entropy: map of 0 values; expected 1 to 16777216", ATTENTION_ENTROPY, new float[0]);
        assertRefused(
                "attention_jaccard: maps of 4 and of 1 values; expected two of one size, to which attention_upsample"
                        + " brings them",
                ATTENTION_JACCARD,
                FOUR,
                new float[1]);
    }

    @Test
    void aMapsValuesAreFiniteAndOfAMassNotNegative() {
        assertRefused(
                "attention_overlay: map[1] NaN; expected -3.4028235E38 to 3.4028235E38",
                ATTENTION_OVERLAY,
                IMAGE,
                new float[] {1, Float.NaN},
                1);
        assertRefused(
                "attention_dice: other[0] Infinity; expected 0 to 3.4028235E38",
                ATTENTION_DICE,
                new float[1],
                new float[] {Float.POSITIVE_INFINITY});
        assertRefused(
                "attention_centroid: map[0] -1.0; expected 0 to 3.4028235E38",
                ATTENTION_CENTROID,
                new float[] {-1, 2},
                1);
        assertRefused(
                "attention_entropy: map[2] NULL; expected 0 to 3.4028235E38",
                ATTENTION_ENTROPY,
                array(DataTypes.FloatType, 1f, 2f, null));
        assertRefused(
                "attention_entropy: map[0] 1.0E300; expected 0 to 3.4028235E38", ATTENTION_ENTROPY, new double[] {1e300
                });
    }

    @Test
    void sharesAreFrom0To1AndPositionsAreFinite() {
        assertRefused("attention_area: share 1.5; expected 0 to 1", ATTENTION_AREA, FOUR, 1.5);
        assertRefused("attention_region: share -1; expected 0 to 1", ATTENTION_REGION, FOUR, -1);
        assertRefused("attention_area: share NaN; expected 0 to 1", ATTENTION_AREA, FOUR, Float.NaN);
        assertRefused("attention_at: y NaN; expected a finite number", ATTENTION_AT, FOUR, 2, 0.5, Double.NaN);
        assertThat(call(ATTENTION_AT, FOUR, 2, 0.5, 1.0)).isEqualTo(3f);
        assertThat(call(ATTENTION_AT, FOUR, 2, 0.5, 1.01)).isNull();
        assertThat(call(ATTENTION_AT, FOUR, 2, -1e300, 0.5)).isNull();
    }

    @Test
    void sparkCastsDecimalsDoublesIntegersAndStringsAsForItsOwnFunctions() {
        Object expected = call(ATTENTION_AREA, FOUR, 0.5);
        assertThat(expected).isEqualTo(0.25);
        assertThat(call(ATTENTION_AREA, new double[] {0, 1, 2, 3}, new BigDecimal("0.5")))
                .isEqualTo(expected);
        assertThat(call(ATTENTION_AREA, array(DataTypes.IntegerType, 0, 1, 2, 3), "0.5"))
                .isEqualTo(expected);
        assertThat(call(ATTENTION_AREA, array(DataTypes.StringType, "0", "1", "2", "3"), 0.5f))
                .isEqualTo(expected);
        BigDecimal[] decimals = Arrays.stream(new int[] {0, 1, 2, 3})
                .mapToObj(BigDecimal::valueOf)
                .toArray(BigDecimal[]::new);
        assertThat(call(ATTENTION_AREA, array(DataTypes.createDecimalType(2, 0), (Object[]) decimals), 0.5))
                .isEqualTo(expected);
        assertThat(call(ATTENTION_AT, FOUR, "2", "0", 1)).isEqualTo(2f);
        assertThat(call(ATTENTION_AREA, FOUR, "half")).isNull();
    }

    @Test
    void whatSparkCannotCastIsSparksError() {
        assertThatThrownBy(() -> call(ATTENTION_AREA, "text", 0.5))
                .isInstanceOf(AnalysisException.class)
                .hasMessageContaining("attention_area(text, 0.5)")
                .hasMessageContaining("requires the (\"ARRAY<FLOAT>\" or \"ARRAY<DOUBLE>\") type");
        assertThatThrownBy(() -> call(ATTENTION_AREA, FOUR, 0.5, 1))
                .isInstanceOf(AnalysisException.class)
                .hasMessageContaining("attention_area takes 2 arguments (map, share), not 3");
        assertThatThrownBy(() -> call(ATTENTION_OVERLAY))
                .isInstanceOf(AnalysisException.class)
                .hasMessageContaining("attention_overlay takes 3 arguments (image, map, width), not 0");
    }

    @ParameterizedTest
    @EnumSource
    void aNullArgumentGivesNullWhateverTheOthersAre(AttentionFunction function) {
        for (int i = 0; i < function.parameters().size(); i++) {
            Object[] arguments = function.parameters().stream()
                    .map(parameter -> switch (parameter.kind()) {
                        case MAP, MASS -> new float[0];
                        case IMAGE -> IMAGE;
                        default -> (Object) Integer.MIN_VALUE;
                    })
                    .toArray();
            arguments[i] = null;
            assertThat(call(function, arguments)).isNull();
        }
    }

    @Test
    void aMapWithoutMassHasNoShareOfIt() {
        float[] zeros = {0, -0f, 0, 0};
        assertThat(call(ATTENTION_CENTROID, zeros, 2)).isNull();
        assertThat(call(ATTENTION_ENTROPY, zeros)).isNull();
        assertThat(call(ATTENTION_AREA, zeros, 0.5)).isNull();
        assertThat(call(ATTENTION_REGION, zeros, 0.5)).isNull();
        assertThat(call(ATTENTION_JACCARD, zeros, zeros)).isNull();
        assertThat(call(ATTENTION_DICE, zeros, zeros)).isNull();
        assertThat(call(ATTENTION_DICE, zeros, FOUR)).isEqualTo(0.0);
    }

    @Test
    void theGreatestMapsAreComputed() {
        float[] row = new float[Parameter.MAX_SIDE];
        Arrays.fill(row, 3e38f);
        Object large = call(ATTENTION_UPSAMPLE, row, 4096, 4096, 4096);
        assertThat(((ArrayData) large).numElements()).isEqualTo(Parameter.MAX_CELLS);
        assertThat((Double) call(ATTENTION_ENTROPY, row)).isCloseTo(Math.log(4096), within(1e-9));
        assertThat(call(ATTENTION_AREA, row, 0.5)).isEqualTo(0.5);
    }

    @Test
    void anOverlayShowsARectangularMapOnTheWholeImage() throws Exception {
        byte[] png = (byte[]) call(ATTENTION_OVERLAY, IMAGE, new float[] {0, 1}, 2);
        RgbImage overlay = new ImageDecoder(new ImageLimits(1, 1_000_000)).decode(png);
        assertThat(overlay.width()).isEqualTo(224);
        // 0.4 of jet's ends over black: blue on the left, red on the right
        assertThat(Arrays.copyOf(overlay.pixels(), 3)).containsExactly(0, 0, 51);
        assertThat(Arrays.copyOfRange(overlay.pixels(), 223 * 3, 224 * 3)).containsExactly(51, 0, 0);
    }

    @Test
    void whatIsNoImageGivesNull() {
        byte[] truncated = Arrays.copyOf(IMAGE, IMAGE.length - 20);
        for (byte[] file : new byte[][] {{}, {1, 2, 3}, truncated}) {
            assertThat(call(ATTENTION_MASK, file, 4)).isNull();
            assertThat(call(ATTENTION_OVERLAY, file, FOUR, 2)).isNull();
        }
    }
}
