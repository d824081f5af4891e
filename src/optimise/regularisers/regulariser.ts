import type { Builder } from '../../network/builder.js'

/** What a regulariser of pixels is told of the image after a step. */
export interface Stepped {
  /** The numbers of the image, [N, C, H, W], 0 being the mean colour; changed in place. */
  pixels: Float32Array
  /** The gradient that the step followed. */
  gradient: Float32Array
  shape: readonly [images: number, channels: number, height: number, width: number]
  /** Which step it was, from 0. */
  step: number
  /** How many there are. */
  steps: number
}

/**
 * What is done to an image beside following the gradient. Penalties are no regularisers here but objectives, which
 * are subtracted: L2, p-norm, total variation.
 */
export interface Regulariser {
  /** The structure, without what is fed. */
  readonly key: string
  /** In code, for provenance: `decay(0.01)`. */
  readonly code: string
  /** Appends what happens after every step: new pixels. `fed` are the names of what {@link numbers} gives. */
  readonly build?: (b: Builder, pixels: string, fed: readonly string[]) => string
  /** Scalars that are fed to {@link build} at a step, from 0; always as many. Default: none. */
  readonly numbers?: (step: number, steps: number) => readonly number[]
  /** After how many steps {@link apply} acts. Default 1. */
  readonly every?: number
  /** Outside the graph. */
  readonly apply?: (stepped: Stepped) => void
  /** Where the gradient is to count at a step, from 0: [H·W], from 0 to 1. */
  readonly mask?: (step: number, steps: number, height: number, width: number) => Float32Array
}
