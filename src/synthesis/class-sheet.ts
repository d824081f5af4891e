/** All classes in one sheet, and what another network takes the images for. */
import { part } from '../attribution/batch.js'
import type { Tensor } from '../engine/tensor.js'
import { tiles } from '../figures/tiles.js'
import type { Image } from '../image/image.js'
import { defaultSeed, mixSeeds } from '../image/random.js'
import type { Network } from '../network/network.js'
import { type Provenance, provenance, Result } from '../result.js'
import { follow, quietly } from '../work/index.js'
import { evenly, maximise } from './class-visualisation.js'
import { centredContrast } from './contrast.js'
import type { PresetName } from './presets.js'
import { judge as judged, type Judgement } from './visualisation.js'

export interface ClassSheetOptions {
  /** Which classes, by name or index; or how many, evenly spaced. Default: all. */
  classes?: number | readonly (number | string)[]
  /**
   * The network that says what the images show. Default: a network is asked about its own images, which is a
   * check of the ascent and not of what can be seen.
   */
  judge?: Network | Promise<Network>
  /** Classes of the judge, by name or index, that count as one of the network's. Default: those that share a name. */
  counts?: Readonly<Record<string, readonly (number | string)[]>>
  /** Default 'olah'. */
  preset?: PresetName
  /** Default 128. */
  steps?: number
  /**
   * Whether the sheet shows the images as they are ('true', default), or each with its contrast 'scaled' to the full
   * range, as Yosinski et al. (2015) save theirs. The networks see them as they are.
   */
  contrast?: 'true' | 'scaled'
  /** Decides noise and transforms. Default: that of `%seed`, or 0. */
  seed?: number
}

/** One class. */
export interface ClassImage {
  /** The class that was asked for. */
  class: string
  index: number
  image: Image
  /** As the sheet shows it. */
  shown: Image
  /** What the network itself takes it for, and what the judge does. */
  own: Judgement
  judgement: Judgement
  /** Whether the judge names it as it was asked for; undefined where the judge has no such class. */
  recognised: boolean | undefined
}

/** Images of classes, [classes, C, H, W], and how many of them another network recognises. */
export class ClassSheet extends Result {
  constructor(
    readonly classes: readonly ClassImage[],
    /** The name of the network that judged. */
    readonly judge: string,
    /** Whether an interrupt ended it before all classes were made. */
    readonly interrupted: boolean,
    pixels: Tensor,
    origin: Provenance,
  ) {
    super(pixels, origin, () => sheet(this))
  }

  /** How many images the judge could have recognised: those whose class it has. */
  get judged(): number {
    return this.classes.filter(({ recognised }) => recognised !== undefined).length
  }

  /** The share of those that it names as they were asked for; NaN where it has none of the classes. */
  get rate(): number {
    return this.classes.filter(({ recognised }) => recognised).length / this.judged
  }

  /** The share that the network itself takes for what it was asked for. */
  get ownRate(): number {
    return this.classes.filter(({ own, index }) => own.index === index).length / this.classes.length
  }
}

/** Images that are made at once. */
const BATCH = 12

/**
 * An image of every class by gradient ascent, in one sheet, and what a judge takes them for: an image that another
 * network recognises, trained by itself, shows more than what excites the one that it was made for.
 *
 * Both networks see the image as it would be saved, colours clipped to black and white.
 *
 * @returns [classes, C, H, W]; `rate` is the share that the judge names as asked, of those whose class it has.
 * @throws RangeError for unknown classes, naming the nearest, for a network without classes or options that there
 *   cannot be, and as {@link maximise} does; AbortError at an interrupt before the first are done.
 * @example (await classSheet(net, { judge: viz.model('scenes-stride4'), steps: 64 })).rate
 */
export async function classSheet(
  net: Network,
  options: ClassSheetOptions = {},
): Promise<ClassSheet> {
  const { classes = net.classes.length, preset = 'olah', steps = 128 } = options
  const { seed = defaultSeed(), counts = {}, contrast = 'true' } = options
  if (contrast !== 'true' && contrast !== 'scaled')
    throw new RangeError(`contrast is 'true' or 'scaled', not '${String(contrast)}'`)
  const judge = (await options.judge) ?? net
  for (const one of [net, judge])
    if (one.classes.length === 0) throw new RangeError(`network '${one.name}' has no classes`)
  const wanted =
    typeof classes === 'number'
      ? evenly(classes, net.classes.length)
      : classes.map((one) => net.classIndex(one))
  if (wanted.length === 0) throw new RangeError('name at least one class')
  const same = sameClasses(net, judge, counts)
  const batches = Array.from({ length: Math.ceil(wanted.length / BATCH) }, (_, i) =>
    wanted.slice(i * BATCH, (i + 1) * BATCH),
  )

  const done: ClassImage[] = []
  const made: Float32Array[] = []
  let shape: readonly number[] = []
  let interrupted = false
  const loop = follow(batches, {
    label: 'All classes',
    unit: 'batches',
    partial: true,
    transient: true,
  })
  for await (const batch of loop) {
    const one = await quietly(() =>
      maximise(net, batch, { preset, steps, seed: mixSeeds(seed, made.length) }).then((all) => all),
    )
    if (one.interrupted) {
      interrupted = true
      continue
    }
    shape = one.shape.slice(1)
    made.push(one.data)
    const own = await judgementsOf(net, one.images)
    const other = judge === net ? own : await judgementsOf(judge, one.images)
    const shown = contrast === 'scaled' ? centredContrast(one, net.preprocessing) : one.images
    batch.forEach((index, i) => {
      const judgement = other[i]!
      const known = same(index)
      done.push({
        class: net.className(index),
        index,
        image: one.images[i]!,
        shown: shown[i]!,
        own: own[i]!,
        judgement,
        recognised: known.size > 0 ? known.has(judgement.index) : undefined,
      })
    })
    loop.show(() => drawn(done))
  }
  if (done.length === 0) throw loop.work.stopped()
  const data = new Float32Array(done.length * (made[0]!.length / batches[0]!.length))
  let at = 0
  for (const one of made) {
    data.set(one, at)
    at += one.length
  }
  const origin = provenance(net, 'classSheet', undefined, {
    classes: done.map(({ index }) => index),
    judge: judge.name,
    judgeDigest: judge.digest,
    counts,
    preset,
    steps,
    contrast,
    seed,
  })
  return new ClassSheet(
    done,
    judge.name,
    interrupted || loop.interrupted,
    { data, shape: [done.length, ...shape] },
    origin,
  )
}

/** For a class of a network, those of the judge that are the same. */
function sameClasses(
  net: Network,
  judge: Network,
  counts: Readonly<Record<string, readonly (number | string)[]>>,
): (index: number) => ReadonlySet<number> {
  const given = new Map(
    Object.entries(counts).map(([name, ones]) => [
      net.classIndex(name),
      new Set(ones.map((one) => judge.classIndex(one))),
    ]),
  )
  const namesOf = (names: string): string[] => names.toLowerCase().split(', ')
  return (index) => {
    if (judge === net) return new Set([index])
    const own = new Set(namesOf(net.classes[index]!))
    const shared = judge.classes.flatMap((one, i) =>
      namesOf(one).some((name) => own.has(name)) ? [i] : [],
    )
    return given.get(index) ?? new Set(shared)
  }
}

async function judgementsOf(net: Network, images: readonly Image[]): Promise<Judgement[]> {
  const inputs = images.map((image) => net.preprocess(image))
  const [first] = inputs as [Tensor]
  const all = { data: new Float32Array(images.length * first.data.length), shape: [...first.shape] }
  all.shape[0] = images.length
  inputs.forEach(({ data }, i) => part(all, i).set(data))
  return judged(net, all)
}

const drawn = (
  classes: readonly ClassImage[],
  options: { title?: string; caption?: string } = {},
) =>
  tiles(
    classes.map(({ shown }) => shown),
    {
      ...options,
      // With more in a row, names have no room.
      columns: classes.length > 45 ? 9 : undefined,
      labels: classes.map(({ class: name, judgement, recognised }) =>
        recognised === false ? `${name}\n→ ${judgement.class}` : name,
      ),
    },
  )

function sheet({ classes, judge, judged, rate, ownRate, interrupted, provenance }: ClassSheet) {
  const { preset, steps, contrast } = provenance.parameters
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
  const other = provenance.parameters.judgeDigest !== provenance.digest
  const recognised = Math.round(rate * judged)
  const said =
    judged > 0
      ? `${judge} recognises ${recognised} of ${judged} (${percent(rate)}); below, what it takes the others for. `
      : `${judge} has none of these classes. `
  return drawn(classes, {
    title: `${classes.length === 1 ? 'A class' : `${classes.length} classes`} of ${provenance.network}`,
    caption:
      (other ? said : '') +
      `The network itself takes ${percent(ownRate)} for what was asked. Recipe ${String(preset)}, ${String(steps)} steps.` +
      (contrast === 'scaled' ? ' Shown in scaled contrast.' : '') +
      (interrupted ? ' Interrupted: these are what there was by then.' : ''),
  })
}
