package org.attnvgg.spark.report;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.attnvgg.evaluation.BinaryMetrics;
import org.attnvgg.evaluation.BinaryMetrics.Point;
import org.attnvgg.spark.job.JobException;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The report's diagrams, as PNG. */
final class Plots {

    private static final String COUNT = "#,##0";
    private static final int WIDTH = 420;
    private static final int HEIGHT = 340;
    /** Of the histogram, from probability 0 to 1. */
    static final int BINS = 25;

    static final String BENIGN = "not melanoma";
    static final String MELANOMA = "melanoma";
    static final String UNLABELLED = "no label";

    private static final Map<String, Color> COLORS =
            Map.of(BENIGN, new Color(0x3b7dd8), MELANOMA, new Color(0xd8503b), UNLABELLED, Color.GRAY);

    private Plots() {}

    static byte[] roc(BinaryMetrics metrics) {
        double[] x = new double[metrics.points().size() + 1];
        double[] y = new double[x.length];
        for (int i = 1; i < x.length; i++) {
            Point point = metrics.points().get(i - 1);
            x[i] = 1 - metrics.specificity(point);
            y[i] = metrics.sensitivity(point);
        }
        return png(curve("ROC", "1 - specificity", "sensitivity", x, y));
    }

    static byte[] precisionRecall(BinaryMetrics metrics) {
        double[] x = new double[metrics.points().size()];
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = metrics.sensitivity(metrics.points().get(i));
            y[i] = BinaryMetrics.precision(metrics.points().get(i));
        }
        return png(curve("Precision and recall", "recall", "precision", x, y));
    }

    private static XYChart curve(String title, String xTitle, String yTitle, double[] x, double[] y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        plain(chart.getStyler());
        chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.0).setYAxisMin(0.0).setYAxisMax(1.0);
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setDecimalPattern("0.##");
        chart.getStyler().setXAxisTickMarkSpacingHint(60);
        chart.getStyler().setYAxisTickMarkSpacingHint(50);
        chart.addSeries(title, x, y).setMarker(SeriesMarkers.NONE).setLineColor(COLORS.get(BENIGN));
        return chart;
    }

    /** How many images of each kind have each probability: {@link #BINS} counts by the kind's name. */
    static byte[] histogram(Map<String, double[]> kinds) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("Scores")
                .xAxisTitle("probability of melanoma")
                .yAxisTitle("images")
                .build();
        plain(chart.getStyler());
        chart.getStyler().setOverlapped(true).setAvailableSpaceFill(0.95);
        chart.getStyler().setXAxisMaxLabelCount(6).setXAxisDecimalPattern("0.0").setYAxisDecimalPattern(COUNT);
        chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        double[] centers =
                IntStream.range(0, BINS).mapToDouble(i -> (i + 0.5) / BINS).toArray();
        kinds.forEach((kind, counts) -> {
            Color color = COLORS.get(kind);
            Color clear = new Color(color.getRed(), color.getGreen(), color.getBlue(), 150);
            chart.addSeries(kind, centers, counts).setFillColor(clear);
        });
        return png(chart);
    }

    /** Images of each day, scored above rejected. */
    static byte[] volumes(List<String> days, List<Long> scored, List<Long> rejected) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(2 * WIDTH)
                .height(HEIGHT)
                .title("Volumes")
                .xAxisTitle("day of the run")
                .yAxisTitle("images")
                .build();
        plain(chart.getStyler());
        chart.getStyler().setStacked(true).setAvailableSpaceFill(0.7);
        chart.getStyler().setXAxisMaxLabelCount(8).setYAxisDecimalPattern(COUNT);
        chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        chart.addSeries("rejected", days, rejected).setFillColor(COLORS.get(MELANOMA));
        chart.addSeries("scored", days, scored).setFillColor(COLORS.get(BENIGN));
        return png(chart);
    }

    private static void plain(Styler styler) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
    }

    private static byte[] png(Chart<?, ?> chart) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            BitmapEncoder.saveBitmap(chart, bytes, BitmapEncoder.BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (LinkageError | InternalError e) {
            throw new JobException(
                    "cannot draw the plots: Java misses a library for fonts (" + e.getMessage()
                            + "); install FreeType and fontconfig, on Debian libfreetype6 and fontconfig",
                    e);
        }
        return bytes.toByteArray();
    }
}
