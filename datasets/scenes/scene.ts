import type { Image } from '../../src/image/image.js'
import type { Background } from './backgrounds.js'
import type { ClassName } from './catalogue.js'
import type { Style } from './packs.js'

/** What a scene shows, known before anything is drawn. */
export interface SceneDescription {
  /** Index of the object's class in the data set's `classes`. */
  label: number
  /** The object's class, such as 'elephant'. */
  className: ClassName
  /** Whose drawing of the object it is, such as 'twemoji'. */
  style: Style
  /** What the object stands on, such as 'snow'. */
  background: Background
  /** The data set's seed. With `index` it names this scene for ever. */
  seed: number
  index: number
}

/** The smallest rectangle around an object, in pixels; `right` and `bottom` are exclusive. */
export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** A picture of one object on a background, and where in it the object is. */
export interface Scene extends SceneDescription {
  image: Image
  /** height × width, row by row: 1 where the object is, 0 where the background is seen. */
  mask: Uint8Array
  /** The smallest rectangle that holds the mask. */
  box: Box
}
