package org.attnvgg.spark.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The one home of a setting: its meaning, unit, range and default stand at the component of a record that jobs read it from.
 * The key is the record's {@link Section} and the component's name with hyphens; the type is the component's. A component
 * without a default is required, unless it is an {@code Optional}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Key {

    /** A year: what a user may set as a time in seconds at most. */
    int LONGEST_SECONDS = 31_536_000;

    /** What it means, in sentences, for help and reference. */
    String text();

    /** Its default, written as on the command line. */
    String value() default "";

    /** What a user writes for no value, where there may be none. */
    String absent() default "none";

    /** The unit of a number, in the plural. A duration is in seconds or days. */
    String unit() default "";

    /** The smallest number that is allowed. */
    double atLeast() default Double.NEGATIVE_INFINITY;

    /** What a number must be greater than. */
    double greaterThan() default Double.NEGATIVE_INFINITY;

    /** The greatest number that is allowed. */
    double atMost() default Double.POSITIVE_INFINITY;

    /** What a number must be less than. */
    double lessThan() default Double.POSITIVE_INFINITY;

    /** What a whole number must be a multiple of. */
    int multipleOf() default 1;

    /** The names of an enum that are allowed; none for all. */
    String[] choices() default {};

    /** Whether a text is a path or URI. */
    boolean path() default false;

    /** The key's name in earlier versions, which still works and is warned of. */
    String formerly() default "";

    /** Whether a training run that goes on from a checkpoint must have the same value. */
    boolean changesResults() default true;
}
