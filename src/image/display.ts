/**
 * The protocol by which a value shows itself in a notebook: a method under the registered symbol
 * `Jupyter.display` that returns the value in several formats, of which the notebook picks one.
 * Deno's kernel follows it too.
 */

/** One value in several formats: MIME type → text, bytes or JSON. Always has 'text/plain'. */
export type MimeBundle = Record<string, unknown> & { 'text/plain': string }

/** Facts beside a bundle, such as the size of a picture in CSS pixels. */
export type DisplayMetadata = Record<string, unknown>

/** The name of the method that returns a value's {@link MimeBundle}. */
export const display: unique symbol = Symbol.for('Jupyter.display')

/** The name of the method that returns the {@link DisplayMetadata} of that bundle. */
export const displayMetadata: unique symbol = Symbol.for('Jupyter.metadata')

/** A value that shows itself. */
export interface Displayable {
  [display](): MimeBundle | Promise<MimeBundle>
  [displayMetadata]?(): DisplayMetadata
}
