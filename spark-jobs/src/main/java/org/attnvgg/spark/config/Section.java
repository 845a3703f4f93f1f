package org.attnvgg.spark.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The first part of the keys of a record of settings: {@code train} for {@code train.epochs}; empty for {@code seed}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Section {

    /** The part before the dot. */
    String value();
}
