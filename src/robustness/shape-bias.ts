/** The formula of the shape bias. */
import { type Estimate, wilson } from '../training/evaluate.js'

/** How often each of the two cues won. */
export interface CueCounts {
  shape: number
  texture: number
  /** Decisions for a third category. */
  neither: number
}

/**
 * The shape bias: of the decisions for one of the two cues, the share for the shape.
 *
 * @returns With its 95 % interval; NaN without such decisions.
 * @example shapeBias({ shape: 283, texture: 376 }).share // 0.4294, AlexNet's in Geirhos et al.
 */
export const shapeBias = ({ shape, texture }: Pick<CueCounts, 'shape' | 'texture'>): Estimate =>
  wilson(shape, shape + texture)
