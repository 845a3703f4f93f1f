package org.attnvgg.spark.sql;

import static org.apache.spark.sql.functions.aggregate;
import static org.apache.spark.sql.functions.array_max;
import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.api.java.UDF4;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.Seq;

/**
 * SQL functions on attention maps as the attention table has them: an array of floats row by row, and its width. Positions
 * are shares of the picture's sides, from 0 to 1, from the top left. Spark's own expressions where it has them.
 */
final class AttentionFunctions {

    private AttentionFunctions() {}

    /** How a function becomes a column of its arguments. */
    interface Call {
        Column of(Column[] arguments);
    }

    /**
     * A function.
     *
     * @param name in SQL
     * @param arguments as the documentation names them
     * @param text what it gives
     */
    record Function(String name, String arguments, String text, Call call) {

        int arity() {
            return arguments.split(",").length;
        }
    }

    private static final DataType MAP = DataTypes.createArrayType(DataTypes.FloatType, false);

    /** All of them. */
    static final List<Function> ALL = List.of(
            new Function(
                    "attention_at",
                    "map, width, x, y",
                    "the map's value at a point",
                    a -> at(a[0], a[1].cast("int"), a[2], a[3])),
            new Function(
                    "attention_peak",
                    "map, width",
                    "struct(value, x, y): the greatest value and the middle of its cell",
                    a -> peak(a[0], a[1].cast("int"))),
            new Function(
                    "attention_centroid",
                    "map, width",
                    "struct(x, y): the mean position of the mass",
                    a -> udf(
                                    (UDF2<Seq<Float>, Integer, org.apache.spark.sql.Row>) AttentionMaps::centroid,
                                    DataTypes.createStructType(List.of(
                                            DataTypes.createStructField("x", DataTypes.DoubleType, false),
                                            DataTypes.createStructField("y", DataTypes.DoubleType, false))))
                            .apply(a[0], a[1].cast("int"))),
            new Function(
                    "attention_entropy",
                    "map",
                    "the entropy of the mass in nats: 0 for a single point, ln(cells) for an even map",
                    a -> entropy(a[0])),
            new Function(
                    "attention_area",
                    "map, share",
                    "the smallest share of the cells that holds that share of the mass",
                    a -> java((UDF2<Seq<Float>, Double, Double>) AttentionMaps::area, DataTypes.DoubleType)
                            .apply(a[0], a[1].cast("double"))),
            new Function(
                    "attention_region",
                    "map, share",
                    "the cells that hold that share of the mass as 1, the others as 0: a map to compare with others",
                    a -> java((UDF2<Seq<Float>, Double, float[]>) AttentionMaps::region, MAP)
                            .apply(a[0], a[1].cast("double"))),
            new Function(
                    "attention_upsample",
                    "map, width, new_width, new_height",
                    "the map scaled bilinearly, row by row",
                    a -> java((UDF4<Seq<Float>, Integer, Integer, Integer, float[]>) AttentionMaps::upsample, MAP)
                            .apply(a[0], a[1].cast("int"), a[2].cast("int"), a[3].cast("int"))),
            new Function(
                    "attention_jaccard",
                    "map, other",
                    "intersection over union of two maps of one size: sum of the lesser over sum of the greater values",
                    a -> java((UDF2<Seq<Float>, Seq<Float>, Double>) AttentionMaps::jaccard, DataTypes.DoubleType)
                            .apply(a[0], a[1])),
            new Function(
                    "attention_dice",
                    "map, other",
                    "twice the sum of the lesser values over the sum of both maps",
                    a -> java((UDF2<Seq<Float>, Seq<Float>, Double>) AttentionMaps::dice, DataTypes.DoubleType)
                            .apply(a[0], a[1])),
            new Function(
                    "attention_mask",
                    "picture, width",
                    "a segmentation mask (bytes of a PNG or JPEG) in the map's frame: the share of each cell that it covers",
                    a -> java((UDF2<byte[], Integer, float[]>) AttentionMaps::mask, MAP)
                            .apply(a[0], a[1].cast("int"))),
            new Function(
                    "attention_overlay",
                    "picture, map, width",
                    "a PNG: the picture as the network saw it, and the map over it in colours; null if it cannot be read",
                    a -> java((UDF3<byte[], Seq<Float>, Integer, byte[]>) AttentionMaps::overlay, DataTypes.BinaryType)
                            .apply(a[0], a[1], a[2].cast("int"))));

    private static UserDefinedFunction java(UDF2<?, ?, ?> function, DataType type) {
        return udf(function, type);
    }

    private static UserDefinedFunction java(UDF3<?, ?, ?, ?> function, DataType type) {
        return udf(function, type);
    }

    private static UserDefinedFunction java(UDF4<?, ?, ?, ?, ?> function, DataType type) {
        return udf(function, type);
    }

    private static Column at(Column map, Column width, Column x, Column y) {
        Column height = size(map).divide(width);
        Column column = least(floor(x.multiply(width)), width.minus(1)).cast("int");
        Column row = least(floor(y.multiply(height)), height.minus(1)).cast("int");
        return when(
                x.between(0, 1).and(y.between(0, 1)),
                element_at(map, row.multiply(width).plus(column).plus(1).cast("int")));
    }

    private static Column peak(Column map, Column width) {
        Column value = array_max(map);
        Column index = array_position(map, value).minus(1);
        Column height = size(map).divide(width);
        UnaryOperator<Column> center = cell -> cell.plus(0.5);
        return struct(
                value.as("value"),
                center.apply(pmod(index, width)).divide(width).as("x"),
                center.apply(floor(index.divide(width))).divide(height).as("y"));
    }

    private static Column entropy(Column map) {
        Column sum = aggregate(map, lit(0.0), (total, value) -> total.plus(value.cast("double")));
        // -Σ p·ln p with p = v / s is ln s - Σ v·ln v / s.
        Column weighted = aggregate(
                map,
                lit(0.0),
                (total, value) ->
                        total.plus(when(value.gt(0), value.cast("double").multiply(log(value.cast("double"))))
                                .otherwise(0.0)));
        return log(sum).minus(weighted.divide(sum));
    }
}
