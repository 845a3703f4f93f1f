package org.attnvgg.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatementsTest {

    @Test
    void semicolonsDivideButForThoseInQuotesAndComments() {
        assertThat(Statements.of("""
                -- first; of two
                SELECT 'a;b', "c;d", `e;f`, 'it\\'s;' /* ; */ FROM t;
                SELECT 2 -- the end;
                """)).containsExactly("SELECT 'a;b', \"c;d\", `e;f`, 'it\\'s;'   FROM t", "SELECT 2");
    }

    @Test
    void emptyStatementsAreNone() {
        assertThat(Statements.of(" ; ;\n-- nothing\n")).isEmpty();
    }
}
