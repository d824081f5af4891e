import { type Style, styles } from './packs.js'

/**
 * The style that the embedded networks never see in training. Its drawings are Microsoft's own and
 * share neither author nor lineage with another pack (`noto` and `noto-v1` share both).
 */
export const heldOutStyle: Style = 'fluent-emoji-flat'

const trainingStyles = styles.filter((style) => style !== heldOutStyle)

/**
 * Options of the data that the embedded networks are trained, tuned and tested on: no two of them
 * have a scene in common.
 *
 * @example
 *   const training = scenes({ ...splits.train, length: 100_000 })
 *   const unseenStyle = scenes({ ...splits.heldOut, length: 2_000 })
 */
export const splits = {
  train: { seed: 1, styles: trainingStyles },
  /** For choosing between recipes. */
  validation: { seed: 2, styles: trainingStyles },
  /** New scenes of the styles trained on. */
  test: { seed: 3, styles: trainingStyles },
  /** The same classes as another hand draws them. */
  heldOut: { seed: 4, styles: [heldOutStyle] },
} as const
