package org.attnvgg.spark.report;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.JpegScale;
import org.attnvgg.image.RgbImage;
import org.attnvgg.spark.data.ImageFileReader;
import org.attnvgg.spark.data.ImageLoader;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.data.LoadedImage;

/** The notebook's figure: each image as the network saw it, then with its pool-3 and its pool-4 attention. */
final class Figure {

    private final Configuration hadoop;
    private final ImageLimits limits;
    private final int imageSize;

    Figure(Configuration hadoop, ImageLimits limits, int imageSize) {
        this.hadoop = hadoop;
        this.limits = limits;
        this.imageSize = imageSize;
    }

    /** Rows of predictions joined with their attention. */
    String of(List<Row> rows) {
        try (ImageLoader source = new ImageLoader(new ImageFileReader(hadoop), limits, imageSize, JpegScale.FULL)) {
            return of(rows, source);
        }
    }

    private static String of(List<Row> rows, ImageLoader source) {
        Html html = new Html().raw("<div class=figure>");
        for (Row row : rows) {
            html.raw("<figure>");
            showImages(html, row, source);
            html.raw("<figcaption>").element("b", row.getAs("image_id"));
            html.element("span", "probability %.3f".formatted(row.<Float>getAs("probability")));
            Integer label = row.getAs("label");
            html.element("span", label == null ? "no label" : label == 1 ? "melanoma" : "not melanoma");
            html.raw("</figcaption></figure>");
        }
        return html.raw("</div>").toString();
    }

    private static void showImages(Html html, Row row, ImageLoader source) {
        LoadedImage image =
                source.load(new ImageRef(row.getAs("image_id"), row.getAs("image_uri"), null), Augmentation.NONE);
        if (!image.accepted()) {
            html.element("p", "the image is no longer readable: " + image.reason());
            return;
        }
        html.raw(shown(image.input(), "as the network saw it"));
        for (String pool : List.of("pool3", "pool4")) {
            List<Float> values = row.getList(row.fieldIndex(pool));
            float[] map = new float[values.size()];
            for (int i = 0; i < map.length; i++) {
                map[i] = values.get(i);
            }
            html.raw(shown(AttentionOverlay.of(image.input(), map, row.<Integer>getAs(pool + "_width")), pool));
        }
    }

    private static String shown(RgbImage image, String alt) {
        return Html.image("image/jpeg", AttentionOverlay.encode(image, ".jpg"), alt);
    }
}
