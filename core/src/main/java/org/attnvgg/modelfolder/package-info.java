/** What a model is on disk. Start with {@link org.attnvgg.modelfolder.ModelFolder}. */
package org.attnvgg.modelfolder;
