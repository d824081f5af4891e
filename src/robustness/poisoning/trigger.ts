import { Image } from '../../image/image.js'
import { described } from '../../described.js'
import { wholeNumber } from '../../options.js'

/** A mark that is put on pictures. */
export interface Trigger {
  /** For titles. */
  name: string
  /** A marked copy of a picture. */
  apply(image: Image): Image
}

export interface TriggerOptions {
  /** Pixels between the mark and the right and lower edge. Default 2. */
  distance?: number
  /** What the marked pixels become, in [0, 1]. Default 1, white. */
  value?: number
  /** The side of a pixel of the mark, in pixels of the picture. Default 1. */
  scale?: number
}

/** @throws TypeError for anything but a trigger. */
export function checkTrigger(trigger: Trigger): void {
  if (typeof (trigger as Partial<Trigger> | undefined)?.apply === 'function') return
  throw new TypeError(`a trigger was expected, such as viz.trigger(), not ${described(trigger)}`)
}

/** The places of the marks, counted from the right and lower edge. */
const patterns = {
  /** One pixel. */
  pixel: [[0, 0]],
  /** Four pixels of a checkerboard: those of Gu et al. */
  checkerboard: [
    [0, 0],
    [2, 0],
    [1, 1],
    [0, 2],
  ],
} as const

/** The marks that {@link trigger} knows. */
export type TriggerName = keyof typeof patterns

/**
 * A trigger for poisoned pictures (Gu et al. 2017): a single pixel, or four of a checkerboard, 2 pixels from the
 * lower right corner, as in the Adversarial Robustness Toolbox. A network that shrinks or pools its input needs a
 * larger `scale`.
 *
 * @throws RangeError for an unknown mark, and where a number is out of range; when it is applied, where the picture
 *   is too small for it.
 * @example trigger('checkerboard', { scale: 3 }).apply(photo)
 */
export function trigger(name: TriggerName = 'checkerboard', options: TriggerOptions = {}): Trigger {
  const { distance = 2, value = 1, scale = 1 } = options
  if (!Object.hasOwn(patterns, name))
    throw new RangeError(`a trigger is ${Object.keys(patterns).join(' or ')}, not '${name}'`)
  wholeNumber('the distance to the edge', distance, 0)
  wholeNumber('the scale', scale)
  if (!(value >= 0 && value <= 1))
    throw new RangeError(`pixels become a value in [0, 1], not ${value}`)
  const places = patterns[name]
  const extent = scale * (1 + Math.max(...places.flat()))
  return {
    name,
    apply({ width, height, data }) {
      if (Math.min(width, height) < extent + distance)
        throw new RangeError(
          `the trigger takes ${extent + distance} pixels, but the picture is ${width}×${height}`,
        )
      const marked = new Image(width, height, data.slice())
      for (const [up, left] of places)
        for (let dy = 0; dy < scale; dy++)
          for (let dx = 0; dx < scale; dx++) {
            const y = height - 1 - distance - up * scale - dy
            const x = width - 1 - distance - left * scale - dx
            for (let c = 0; c < 3; c++) marked.data[(c * height + y) * width + x] = value
          }
      return marked
    },
  }
}
