/** What pictures in data sets have in common, and how they show themselves in a notebook. */
import type { Figure } from '../src/figures/figure.js'
import { picture } from '../src/figures/picture.js'
import { display, displayMetadata } from '../src/image/display.js'
import type { Image } from '../src/image/image.js'

/** What an item shows, known before its picture is read. */
export interface Labelled {
  /** Index of the class in the data set's `classes`. */
  label: number
  /** The class, such as 'elephant'. */
  className: string
}

/** A picture and the class of what it shows. */
export interface LabelledImage extends Labelled {
  image: Image
}

/**
 * An item that a notebook shows as its picture, under a title. Only the item itself has it: what is spread
 * into another object is plain.
 */
export function shownAsPicture<T extends { image: Image }>(
  item: T,
  title: string,
  caption?: string,
): T {
  const figure = (): Figure => picture(item.image, { title, caption })
  // Not enumerable, so that neither spreading nor printing an item meets it.
  Object.defineProperty(item, display, { value: () => figure()[display]() })
  Object.defineProperty(item, displayMetadata, { value: () => figure()[displayMetadata]() })
  return item
}
