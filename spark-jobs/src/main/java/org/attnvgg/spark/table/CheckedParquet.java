package org.attnvgg.spark.table;

import org.attnvgg.spark.shim.VerifiedParquet;

/** Reads the tables' Parquet files; its errors name the file and say what to do. */
public final class CheckedParquet extends VerifiedParquet {

    private static final long serialVersionUID = 1;

    @Override
    protected ReadErrors errors() {
        return UnreadableFiles::error;
    }
}
