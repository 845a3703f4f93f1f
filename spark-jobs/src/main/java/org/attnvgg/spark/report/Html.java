package org.attnvgg.spark.report;

import java.util.Base64;
import java.util.List;
import org.attnvgg.spark.job.Console;

/** Builds a page out of escaped text: whatever comes from data is text, never markup. */
final class Html {

    private final StringBuilder page = new StringBuilder();

    /** Markup of our own. */
    Html raw(String markup) {
        page.append(markup).append('\n');
        return this;
    }

    /** An element that holds text. */
    Html element(String tag, String text) {
        return raw("<" + tag + ">" + escape(text) + "</" + tag + ">");
    }

    /** A table of texts. */
    Html table(List<String> header, List<List<String>> rows) {
        raw("<table><thead><tr>");
        header.forEach(cell -> element("th", cell));
        raw("</tr></thead><tbody>");
        for (List<String> row : rows) {
            raw("<tr>");
            row.forEach(cell -> element("td", cell));
            raw("</tr>");
        }
        return raw("</tbody></table>");
    }

    /** An image inside the page. */
    static String image(String mediaType, byte[] bytes, String alt) {
        return "<img src=\"data:" + mediaType + ";base64," + Base64.getEncoder().encodeToString(bytes) + "\" alt=\""
                + escape(alt) + "\">";
    }

    /** Text as HTML shows it, in elements and in quoted attributes; control characters as on a terminal. */
    static String escape(String raw) {
        String text = Console.printableLines(raw);
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
