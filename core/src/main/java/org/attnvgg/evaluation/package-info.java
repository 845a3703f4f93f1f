/** How well scores separate two classes: curves and areas, equal to scikit-learn's, ties included. */
package org.attnvgg.evaluation;
