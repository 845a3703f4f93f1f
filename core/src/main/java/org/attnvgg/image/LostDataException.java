package org.attnvgg.image;

/** Entropy-coded data of a JPEG that are not what its headers ask for. The message says what was found. */
final class LostDataException extends Exception {

    private static final long serialVersionUID = 1;

    LostDataException(String found) {
        super(found);
    }
}
