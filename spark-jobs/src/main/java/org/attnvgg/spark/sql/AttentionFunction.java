package org.attnvgg.spark.sql;

import static org.attnvgg.spark.sql.Parameter.Kind.COORDINATE;
import static org.attnvgg.spark.sql.Parameter.Kind.IMAGE;
import static org.attnvgg.spark.sql.Parameter.Kind.MAP;
import static org.attnvgg.spark.sql.Parameter.Kind.MASS;
import static org.attnvgg.spark.sql.Parameter.Kind.SHARE;
import static org.attnvgg.spark.sql.Parameter.Kind.SIZE;
import static org.attnvgg.spark.sql.Parameter.Kind.WIDTH;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.attnvgg.model.AttentionMap;
import org.attnvgg.spark.shim.SqlFunction;

/**
 * The SQL functions on attention maps as the attention table has them: an array of floats row by row, and its width.
 * Positions are shares of the image's sides, from 0 to 1, from the top left. A NULL argument gives NULL; what a function
 * cannot work with gives an {@link ArgumentException}.
 */
@SuppressWarnings("ImmutableEnumChecker") // DataType and List.of are immutable, but not annotated
enum AttentionFunction implements SqlFunction {
    ATTENTION_AT(
            "the map's value at a point; NULL for a point outside the image",
            DataTypes.FloatType,
            a -> orNull(map(a).at((double) a[2], (double) a[3])),
            new Parameter("map", MAP),
            new Parameter("width", WIDTH),
            new Parameter("x", COORDINATE),
            new Parameter("y", COORDINATE)),
    ATTENTION_PEAK(
            "struct(value, x, y): the greatest value and the middle of its cell",
            DataType.fromDDL("value FLOAT NOT NULL, x DOUBLE NOT NULL, y DOUBLE NOT NULL"),
            a -> peak(map(a)),
            new Parameter("map", MAP),
            new Parameter("width", WIDTH)),
    ATTENTION_CENTROID(
            "struct(x, y): the mean position of the mass; NULL where there is none",
            DataType.fromDDL("x DOUBLE NOT NULL, y DOUBLE NOT NULL"),
            a -> centroid(map(a)),
            new Parameter("map", MASS),
            new Parameter("width", WIDTH)),
    ATTENTION_ENTROPY(
            "the entropy of the mass in nats: 0 for a single point, ln(cells) for an even map; NULL where there is none",
            DataTypes.DoubleType,
            a -> orNull(row(a[0]).entropy()),
            new Parameter("map", MASS)),
    ATTENTION_AREA(
            "the smallest share of the cells that holds that share of the mass; NULL where there is none",
            DataTypes.DoubleType,
            a -> orNull(row(a[0]).area((double) a[1])),
            new Parameter("map", MASS),
            new Parameter("share", SHARE)),
    ATTENTION_REGION(
            "the cells that hold that share of the mass as 1, the others as 0: a map to compare with others; NULL where"
                    + " there is no mass",
            Types.MAP,
            a -> row(a[0]).sum() == 0 ? null : row(a[0]).region((double) a[1]),
            new Parameter("map", MASS),
            new Parameter("share", SHARE)),
    ATTENTION_UPSAMPLE(
            "the map scaled bilinearly, row by row",
            Types.MAP,
            a -> map(a).upsample((int) a[2], (int) a[3]),
            new Parameter("map", MAP),
            new Parameter("width", WIDTH),
            new Parameter("new_width", SIZE),
            new Parameter("new_height", SIZE)),
    ATTENTION_JACCARD(
            "intersection over union of two maps of one size: sum of the lesser over sum of the greater values; NULL where"
                    + " there is no mass",
            DataTypes.DoubleType,
            a -> orNull(row(a[0]).jaccard(row(a[1]))),
            new Parameter("map", MASS),
            new Parameter("other", MASS)),
    ATTENTION_DICE(
            "twice the sum of the lesser values over the sum of both maps; NULL where there is no mass",
            DataTypes.DoubleType,
            a -> orNull(row(a[0]).dice(row(a[1]))),
            new Parameter("map", MASS),
            new Parameter("other", MASS)),
    ATTENTION_MASK(
            "a segmentation mask (bytes of a PNG or JPEG) in the map's frame: the share of each cell that it covers; NULL if"
                    + " it cannot be read",
            Types.MAP,
            a -> MapImages.mask((byte[]) a[0], (int) a[1]),
            new Parameter("image", IMAGE),
            new Parameter("width", SIZE)),
    ATTENTION_OVERLAY(
            "a PNG: the image as the network saw it, and the map over it in colours; NULL if it cannot be read",
            DataTypes.BinaryType,
            a -> MapImages.overlay((byte[]) a[0], new AttentionMap((float[]) a[1], (int) a[2])),
            new Parameter("image", IMAGE),
            new Parameter("map", MAP),
            new Parameter("width", WIDTH));

    /** Types that several functions give. */
    private static final class Types {
        static final DataType MAP = DataTypes.createArrayType(DataTypes.FloatType, false);
    }

    /** From checked arguments, none of them null, to a value or null. */
    private interface Body {
        Object of(Object[] arguments);
    }

    private final String text;
    private final DataType type;
    private final Body body;
    private final List<Parameter> parameters;

    AttentionFunction(String text, DataType type, Body body, Parameter... parameters) {
        this.text = text;
        this.type = type;
        this.body = body;
        this.parameters = List.of(parameters);
    }

    /** The map that is the first two arguments: values and width. */
    private static AttentionMap map(Object[] arguments) {
        return new AttentionMap((float[]) arguments[0], (int) arguments[1]);
    }

    /** A map where its width does not matter. */
    private static AttentionMap row(Object values) {
        return new AttentionMap((float[]) values, ((float[]) values).length);
    }

    private static Object[] peak(AttentionMap map) {
        AttentionMap.Point center = map.center(map.peak());
        return new Object[] {map.values()[map.peak()], center.x(), center.y()};
    }

    private static Object[] centroid(AttentionMap map) {
        AttentionMap.Point point = map.centroid();
        return Double.isNaN(point.x()) ? null : new Object[] {point.x(), point.y()};
    }

    private static Double orNull(double value) {
        return Double.isNaN(value) ? null : value;
    }

    private static Float orNull(float value) {
        return Float.isNaN(value) ? null : value;
    }

    @Override
    public String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public DataType type() {
        return type;
    }

    List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public List<AbstractDataType> inputTypes() {
        return parameters.stream().map(Parameter::type).toList();
    }

    @Override
    public String signature() {
        return parameters.stream().map(Parameter::name).collect(Collectors.joining(", "));
    }

    @Override
    public Object call(Object[] values) {
        Object[] arguments = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            arguments[i] = parameters.get(i).checked(this, values[i]);
        }
        for (int i = 1; i < arguments.length; i++) {
            if (parameters.get(i).kind() == WIDTH) {
                checkRows(parameters.get(i - 1).name(), ((float[]) arguments[i - 1]).length, (int) arguments[i]);
            }
        }
        if (parameters.size() == 2 && parameters.get(1).kind() == MASS) {
            checkSameSize(((float[]) arguments[0]).length, ((float[]) arguments[1]).length);
        }
        return body.of(arguments);
    }

    private void checkRows(String map, int cells, int width) {
        if (cells % width != 0 || cells / width > Parameter.MAX_SIDE) {
            throw new ArgumentException(
                    this,
                    "%s of %d values with width %d".formatted(map, cells, width),
                    "1 to %d rows of %d values".formatted(Parameter.MAX_SIDE, width));
        }
    }

    private void checkSameSize(int cells, int others) {
        if (cells != others) {
            throw new ArgumentException(
                    this,
                    "maps of %d and of %d values".formatted(cells, others),
                    "two of one size, to which attention_upsample brings them");
        }
    }
}
