/**
 * A file is not what its format says. Readers of parts of a file throw it; the reader of the whole says
 * which file it was.
 */
export class FormatError extends Error {
  override name = 'FormatError'
}
