/**
 * The fault bench: what every single fault does to an application, measured, and what it
 * does when the mechanism against it is switched off.
 */
@NullMarked
package dev.tidemark.fault.bench;

import org.jspecify.annotations.NullMarked;
