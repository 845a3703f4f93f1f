package org.attnvgg.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HtmlTest {

    @Test
    void whatComesFromDataIsTextAndHasNoControlCharacters() {
        String id = "<script>\u001b]0;x\u0007&\u202e\"\u0000\u009b";
        String shown = "&lt;script&gt;\\u001b]0;x\\u0007&amp;\\u202e&quot;\\u0000\\u009b";
        assertThat(Html.escape(id)).isEqualTo(shown);
        assertThat(new Html().table(List.of("id"), List.of(List.of(id))).toString())
                .contains("<td>" + shown + "</td>");
        assertThat(Html.image("image/png", new byte[0], id)).endsWith("alt=\"" + shown + "\">");
    }
}
