import { distance } from 'fastest-levenshtein'
import { defaultSeed, mixSeeds, Random } from '../../src/image/random.js'
import { Dataset } from '../dataset.js'
import { type Background, backgrounds as allBackgrounds, paintBackground } from './backgrounds.js'
import { type ClassName, classNames } from './catalogue.js'
import { randomColourChange } from './colour.js'
import { type Style, styles as allStyles } from './packs.js'
import { halfExtent, paste, type Pose } from './paste.js'
import type { Box, Scene, SceneDescription } from './scene.js'
import { aspectRatio, sprite } from './sprites.js'

export interface ScenesOptions {
  /** Which scenes: another seed gives other ones. A whole number; by default 0, or that of `%seed`. */
  seed?: number
  /** How many scenes there are, 10,000 by default. Each is made when asked for. */
  length?: number
  /** Width and height in pixels, 32 to 256, 96 by default. The scene is the same at any size. */
  size?: number
  /** Which objects are shown, all by default. A label is an index into this list. */
  classes?: readonly ClassName[]
  /** Whose drawings are used, all by default. */
  styles?: readonly Style[]
  /** What the objects stand on, all by default. */
  backgrounds?: readonly Background[]
  /**
   * Classes that always stand on one background, such as `{ wolf: 'snow', fox: 'grass' }`: a bias
   * for a network to learn. None by default.
   */
  bias?: Partial<Record<ClassName, Background>>
  /**
   * How much an object's colour, turn and proportions vary: 1 by default, 0 for not at all. Its
   * position and size are always random.
   */
  variation?: number
}

/** Scenes of chosen classes, styles and backgrounds: what `scenes` returns. */
export class Scenes extends Dataset<Scene> {
  readonly #options: Required<ScenesOptions>

  constructor(options: ScenesOptions = {}) {
    const complete = check({
      seed: defaultSeed(),
      length: 10_000,
      size: 96,
      classes: classNames,
      styles: allStyles,
      backgrounds: allBackgrounds,
      bias: {},
      variation: 1,
      ...definedOnly(options),
    })
    super(complete.length, complete.classes, (index) => draw(this.describe(index), complete))
    this.#options = complete
  }

  /** What scene `index` shows, without drawing it. */
  describe(index: number): SceneDescription {
    const { seed, classes, styles, backgrounds, bias } = this.#options
    const random = new Random(mixSeeds(seed, index, stream.description))
    const label = random.integer(classes.length)
    const className = classes[label]!
    const style = random.pick(styles)
    const background = random.pick(backgrounds)
    return { label, className, style, background: bias[className] ?? background, seed, index }
  }

  /**
   * The scenes whose description satisfies `predicate`; nothing is drawn to find them.
   *
   * @example
   *   scenes().filter(({ className, background }) => className === 'wolf' && background !== 'snow')
   */
  filter(predicate: (description: SceneDescription) => boolean): Dataset<Scene> {
    const indices = Array.from({ length: this.length }, (_, index) => index)
    return this.select(indices.filter((index) => predicate(this.describe(index))))
  }
}

/**
 * Scenes: pictures of one object (32 classes: animals, vehicles, food, plants, things) drawn in one
 * of six styles, with random position, size, pose and colour, on a procedural background. Each
 * comes with its class, style, background, object mask and box. The options and `index` determine a
 * scene; it is made when it is asked for, and drawings are rasterised when first shown.
 *
 * @throws RangeError for unknown names (the nearest are listed) and numbers out of range
 * @example
 *   const pets = scenes({ classes: ['cat', 'dog'], backgrounds: ['grass', 'wood'] })
 *   const { image, className, mask } = pets.get(0)
 */
export function scenes(options: ScenesOptions = {}): Scenes {
  return new Scenes(options)
}

/** Which random choice a stream of random numbers is for, so that none disturbs another. */
const stream = { description: 1, background: 2, object: 3 } as const

/** The seed of a scene's background, which is painted whole before the object is pasted. */
export const backgroundSeed = (seed: number, index: number): number =>
  mixSeeds(seed, index, stream.background)

function draw(description: SceneDescription, { size, variation }: Required<ScenesOptions>): Scene {
  const { seed, index, background, style, className } = description
  const image = paintBackground(background, size, backgroundSeed(seed, index))
  const mask = new Uint8Array(size * size)

  const random = new Random(mixSeeds(seed, index, stream.object))
  const pose = randomPose(random, aspectRatio(style, className), variation)
  const pixels = inPixels(pose, size)
  const drawing = sprite(style, className, Math.max(pixels.width, pixels.height))
  paste(image, mask, drawing, pixels, randomColourChange(random, variation))

  return { ...description, image, mask, box: boxOf(mask, size) }
}

/** A pose in a picture whose sides are 1, reaching at most a little over the edge. */
function randomPose(random: Random, aspect: number, variation: number): Pose {
  const longerSide = random.uniform(0.42, 0.84)
  const stretch = Math.exp(random.normal(0, 0.07 * variation))
  const width = longerSide * Math.min(1, aspect) * stretch
  const height = (longerSide * Math.min(1, 1 / aspect)) / stretch
  const angle = variation * Math.max(-0.6, Math.min(0.6, random.normal(0, 0.2)))
  const mirrored = random.uniform() < 0.5

  const half = halfExtent({ width, height, angle })
  const overhang = 0.06 * longerSide
  const along = (reach: number) => {
    const room = Math.max(0, 0.5 - reach + overhang)
    return 0.5 + random.uniform(-room, room)
  }
  return { x: along(half.x), y: along(half.y), width, height, angle, mirrored }
}

const inPixels = ({ x, y, width, height, ...turn }: Pose, size: number): Pose => ({
  x: x * size,
  y: y * size,
  width: width * size,
  height: height * size,
  ...turn,
})

function boxOf(mask: Uint8Array, size: number): Box {
  const box: Box = { left: size, top: size, right: 0, bottom: 0 }
  for (let y = 0, i = 0; y < size; y++)
    for (let x = 0; x < size; x++, i++)
      if (mask[i]) {
        if (x < box.left) box.left = x
        if (x >= box.right) box.right = x + 1
        if (y < box.top) box.top = y
        box.bottom = y + 1
      }
  return box
}

function check(options: Required<ScenesOptions>): Required<ScenesOptions> {
  const { seed, size, variation, classes, styles, backgrounds, bias } = options
  if (!Number.isInteger(seed)) throw new RangeError(`seed is a whole number, not ${seed}`)
  if (!Number.isInteger(size) || size < 32 || size > 256)
    throw new RangeError(`size is a whole number of pixels from 32 to 256, not ${size}`)
  if (!(variation >= 0 && variation <= 3))
    throw new RangeError(`variation is a number from 0 to 3, not ${variation}`)
  checkChoice('class', classes, classNames)
  checkChoice('style', styles, allStyles)
  checkChoice('background', backgrounds, allBackgrounds)
  checkNames('class', Object.keys(bias), classNames)
  checkNames('background', Object.values(bias), allBackgrounds)
  return options
}

/** One name or more, all of them known, none of them twice. */
function checkChoice(kind: string, given: readonly string[], known: readonly string[]): void {
  if (given.length === 0) throw new RangeError(`at least one ${kind} is needed`)
  checkNames(kind, given, known)
  const twice = given.find((name, i) => given.indexOf(name) !== i)
  if (twice !== undefined) throw new RangeError(`${kind} '${twice}' is given twice`)
}

function checkNames(kind: string, given: readonly string[], known: readonly string[]): void {
  for (const name of given)
    if (!known.includes(name)) {
      const nearest = known.toSorted((a, b) => distance(name, a) - distance(name, b)).slice(0, 3)
      throw new RangeError(
        `no ${kind} '${name}'; the nearest are ${nearest.map((near) => `'${near}'`).join(', ')}`,
      )
    }
}

/** Options given as `undefined` are as good as not given. */
function definedOnly(options: ScenesOptions): ScenesOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
