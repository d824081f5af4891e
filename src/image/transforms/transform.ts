import type { Builder } from '../../network/builder.js'
import type { TypedTensor } from '../../network/graph.js'
import type { Random } from '../random.js'

/** [N, C, H, W] of a picture. */
export type PictureShape = readonly [
  images: number,
  channels: number,
  height: number,
  width: number,
]

/**
 * What happens to a picture on its way into the network, as nodes of the graph, so that gradients come back
 * through it. What is random about it is fed, anew at each step: an image that a network is to recognise under all
 * these changes has no patterns that any of them destroys (Mordvintsev et al. 2015; Olah et al. 2017).
 */
export interface Transform {
  /** The structure, without what is fed. */
  readonly key: string
  /** In code, for provenance: `jitter(8)`. */
  readonly code: string
  /** Whether anything about it is random. */
  readonly random: boolean
  /** The shape that it gives a picture. */
  shape(picture: PictureShape): PictureShape
  /**
   * What is fed at a step.
   *
   * @param random None gives the transform in its place of rest: nothing moved, nothing turned.
   */
  draw(picture: PictureShape, random: Random | undefined): TypedTensor[]
  /** Appends it; `fed` are the names of what {@link draw} gives. Returns the picture that comes out. */
  build(b: Builder, picture: string, fed: readonly string[]): string
}

/** A transform that keeps the size of pictures, and feeds nothing, unless it says otherwise. */
export const transform = (
  parts: Pick<Transform, 'key' | 'build'> & Partial<Transform>,
): Transform => ({
  code: parts.key,
  random: false,
  shape: (picture) => picture,
  draw: () => [],
  ...parts,
})
