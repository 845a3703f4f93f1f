package org.attnvgg.spark.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.Text;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.api.Binary;

/**
 * The URI of an image that is packed with others: {@code parquet:FILE#id} or {@code sequence:FILE#id}.
 *
 * @param parquet whether its file is a Parquet file, else a sequence file
 * @param file which file
 * @param id of the image in there
 */
record PackedUri(boolean parquet, Path file, String id) {

    static final String PARQUET = "parquet:";
    static final String SEQUENCE = "sequence:";

    /** Whether that is the URI of a packed image, or of an archive of such. */
    static boolean isPacked(String uri) {
        return uri.startsWith(PARQUET) || uri.startsWith(SEQUENCE);
    }

    static PackedUri of(String uri) {
        boolean parquet = uri.startsWith(PARQUET);
        String rest = uri.substring(parquet ? PARQUET.length() : SEQUENCE.length());
        int hash = rest.indexOf('#');
        String file = rest.substring(0, hash);
        // Spark tells a Parquet file by its encoded URI, Hadoop a sequence file by its plain path.
        return new PackedUri(parquet, parquet ? new Path(URI.create(file)) : new Path(file), rest.substring(hash + 1));
    }

    /** The image's bytes, looked for in the whole file: for a few images, not for all. */
    byte[] find(Configuration hadoop) throws IOException {
        byte[] bytes = parquet ? inParquet(hadoop) : inSequence(hadoop);
        if (bytes == null) {
            throw new FileNotFoundException(file + " has no image " + id);
        }
        return bytes;
    }

    private byte[] inParquet(Configuration hadoop) throws IOException {
        var sought = FilterCompat.get(FilterApi.eq(FilterApi.binaryColumn("id"), Binary.fromString(id)));
        try (ParquetReader<Group> reader = ParquetReader.builder(new GroupReadSupport(), file)
                .withConf(hadoop)
                .withFilter(sought)
                .build()) {
            Group row = reader.read();
            return row == null ? null : row.getBinary("bytes", 0).getBytes();
        }
    }

    private byte[] inSequence(Configuration hadoop) throws IOException {
        try (SequenceFile.Reader reader = new SequenceFile.Reader(hadoop, SequenceFile.Reader.file(file))) {
            Text key = new Text();
            BytesWritable value = new BytesWritable();
            while (reader.next(key)) {
                if (key.toString().equals(id)) {
                    reader.getCurrentValue(value);
                    return value.copyBytes();
                }
            }
            return null;
        }
    }
}
