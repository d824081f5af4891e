import type { Image } from '../../src/image/image.js'
import type { Background } from './backgrounds/index.js'
import type { ClassName } from './catalogue.js'
import type { Style } from './packs.js'

/** What a scene shows, known before anything is drawn. */
export interface SceneDescription {
  /** Index of the object's class in the data set's `classes`. */
  label: number
  /** The object's class, such as 'elephant'. */
  className: ClassName
  /** Whose drawings of objects are shown, such as 'twemoji'. */
  style: Style
  /** What is behind the object, such as 'snow'. */
  background: Background
  /** Under the option `objects`: the classes of the further objects. */
  others?: readonly ClassName[]
  /** Under the option `conflict`: the class whose texture fills the object's silhouette. */
  texture?: ClassName
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

/** One object of a scene, as far as it is seen. */
export interface SceneObject {
  className: ClassName
  /** height × width, row by row: 1 where the object is seen, 0 elsewhere. */
  mask: Uint8Array
  /** The smallest rectangle that holds the mask; empty (`left` = `right` = 0) where nothing is seen. */
  box: Box
}

/** A picture of an object on a background, and where in it the object is. */
export interface Scene extends SceneDescription {
  image: Image
  /** height × width, row by row: 1 where the labelled object is seen, 0 elsewhere. */
  mask: Uint8Array
  /** The smallest rectangle that holds the mask. */
  box: Box
  /** The labelled object, then those in `others`, in their order. */
  objects: readonly SceneObject[]
  /** The smaller objects behind them, from back to front. */
  clutter: readonly SceneObject[]
}
