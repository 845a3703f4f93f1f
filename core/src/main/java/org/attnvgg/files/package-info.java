/** Folders that belong to this process and this user alone: temporary ones, and those that native libraries are unpacked to. */
package org.attnvgg.files;
