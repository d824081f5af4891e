import { distance } from 'fastest-levenshtein'
import { defaultSeed } from '../../src/image/random.js'
import { type Background, backgrounds as allBackgrounds } from './backgrounds/index.js'
import { type ClassName, classNames } from './catalogue.js'
import { type Style, styles as allStyles } from './packs.js'

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
   * Classes that stand on one background, such as `{ wolf: 'snow', fox: 'grass' }`: a bias for a
   * network to learn. None by default.
   */
  bias?: Partial<Record<ClassName, Background>>
  /**
   * How often a biased class stands on its background, 0 to 1; otherwise on any, like other classes.
   * 1 by default.
   */
  biasStrength?: number
  /** Classes drawn in shades of grey, so that colour does not tell them apart. None by default. */
  grey?: readonly ClassName[]
  /**
   * How many objects of equal rank there are, 1 to 4, each of another class and with a mask of its
   * own. The label is that of one of them, anywhere in the picture. 1 by default.
   */
  objects?: number
  /** How many smaller objects of other classes lie behind, 0 to 12. 0 by default. */
  clutter?: number
  /** The share of the labelled object that a bar across the picture hides, 0 to 0.9. 0 by default. */
  occlusion?: number
  /**
   * Whether the labelled object's silhouette is filled with the texture of another class (Geirhos et
   * al. 2019): the label names the shape, `texture` the other class, one of `texturedClasses` where
   * `classes` has any. False by default.
   */
  conflict?: boolean
  /**
   * How much an object's colour, turn and proportions vary: 1 by default, 0 for not at all. Its
   * position and size are always random.
   */
  variation?: number
  /**
   * How far an object's form is bent, smoothly and by chance, as a share of its size, 0 to 0.3: as if
   * another hand had drawn it. 0 by default.
   */
  bend?: number
  /**
   * The share of objects, 0 to 1, in colours of chance: any hue, and any dark and light colours for black
   * and white. Training on such scenes makes a network look at shapes. 0 by default.
   */
  repaint?: number
}

/** Fills in the defaults. @throws RangeError for unknown names and for numbers out of range. */
export function completeOptions(given: ScenesOptions): Required<ScenesOptions> {
  return check({
    seed: defaultSeed(),
    length: 10_000,
    size: 96,
    classes: classNames,
    styles: allStyles,
    backgrounds: allBackgrounds,
    bias: {},
    biasStrength: 1,
    grey: [],
    objects: 1,
    clutter: 0,
    occlusion: 0,
    conflict: false,
    variation: 1,
    bend: 0,
    repaint: 0,
    ...definedOnly(given),
  })
}

function check(options: Required<ScenesOptions>): Required<ScenesOptions> {
  const { classes, styles, backgrounds, bias, grey, objects } = options
  if (!Number.isSafeInteger(options.seed))
    throw new RangeError(`seed is a whole number, not ${options.seed}`)
  checkWhole('size', options.size, 32, 256, ' of pixels')
  checkWhole('objects', objects, 1, 4)
  checkWhole('clutter', options.clutter, 0, 12)
  checkRange('variation', options.variation, 0, 3)
  checkRange('bend', options.bend, 0, 0.3)
  checkRange('repaint', options.repaint, 0, 1)
  checkRange('biasStrength', options.biasStrength, 0, 1)
  checkRange('occlusion', options.occlusion, 0, 0.9)
  checkChoice('class', classes, classNames)
  checkChoice('style', styles, allStyles)
  checkChoice('background', backgrounds, allBackgrounds)
  checkNames('class', Object.keys(bias), classNames)
  checkNames('background', Object.values(bias), allBackgrounds)
  checkNames('class', grey, classNames)
  if (objects > classes.length)
    throw new RangeError(`${objects} objects of different classes need ${objects} classes or more`)
  if (options.conflict && classes.length < 2)
    throw new RangeError('a conflict of shape and texture needs two classes or more')
  return options
}

function checkWhole(name: string, given: number, low: number, high: number, of = ''): void {
  if (!(Number.isInteger(given) && given >= low && given <= high))
    throw new RangeError(`${name} is a whole number${of} from ${low} to ${high}, not ${given}`)
}

function checkRange(name: string, given: number, low: number, high: number): void {
  if (!(given >= low && given <= high))
    throw new RangeError(`${name} is a number from ${low} to ${high}, not ${given}`)
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
