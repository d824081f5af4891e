/** DeepDream: a picture is changed so that a layer answers more strongly to what it answers to already. */
import { unit } from '../activations/address.js'
import type { Tensor } from '../engine/tensor.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import { type Preprocessing, unnormalise } from '../image/preprocessing.js'
import { defaultSeed, mixSeeds } from '../image/random.js'
import { resizePlane } from '../image/resize.js'
import { jitter } from '../image/transforms/jitter.js'
import type { Network } from '../network/network.js'
import { bestMatches } from '../objectives/dot-products.js'
import { Objective } from '../objectives/objective.js'
import { pixels } from '../optimise/images/pixels.js'
import { optimise } from '../optimise/optimise.js'
import type { Optimised } from '../optimise/optimised.js'
import { ascent } from '../optimise/optimisers/ascent.js'
import { wholeNumber } from '../options.js'
import { type Provenance, provenance, Result } from '../result.js'
import { quietly, steps as counted } from '../work/index.js'

/** What to dream of: a layer, `conv4`; a channel, `conv4:17`; or any objective. */
export type Dreamt = string | Objective

export interface DreamOptions {
  /** How many sizes of the picture, the smallest first. Default 4. */
  octaves?: number
  /** From one size to the next. Default 1.4. */
  scale?: number
  /** Steps in each octave. Default 10. */
  iterations?: number
  /** Of a step, in colours from 0 to 255, for each pixel on average. Default 1.5. */
  rate?: number
  /** By up to how many pixels the picture is moved in each step. Default 32. */
  jitter?: number
  /** Another picture, to whose features in the layer the dream is drawn. Default: none, to its own. */
  guide?: Image
  /** Pixels of the shorter side. Default: as the network's input has; a layer of convolutions takes any. */
  side?: number
  /** Decides how the picture is moved. Default: that of `%seed`, or 0. */
  seed?: number
  /** Ends it; what there is by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** What has been dreamt of one thing. */
export interface Dreaming {
  /** Of what, in words. */
  name: string
  image: Image
  /** The picture after each octave, at its size. */
  octaves: readonly Image[]
  /** The objective before each step, in each octave. */
  history: readonly (readonly number[])[]
}

/** Dreamt pictures, normalised pixels [N, C, H, W]: one for each thing that was dreamt of. */
export class Dream extends Result {
  constructor(
    readonly dreams: readonly Dreaming[],
    /** What they began with. */
    readonly before: Image,
    /** Whether an interrupt ended it early. */
    readonly interrupted: boolean,
    pixels: Tensor,
    origin: Provenance,
  ) {
    super(pixels, origin, () => dreamFigure(this))
  }

  /** The dreamt pictures. */
  get images(): Image[] {
    return this.dreams.map(({ image }) => image)
  }

  /** How the first dream grew, octave by octave. */
  get octaves() {
    const [{ name, octaves }] = this.dreams as [Dreaming]
    return row(
      octaves.map((image, i) =>
        picture(image, { title: `octave ${i + 1}`, caption: `${image.width}×${image.height}` }),
      ),
      { title: `Dreaming of ${name}, from coarse to fine` },
    ).drawnFrom(this)
  }
}

/**
 * DeepDream: gradient ascent of ½‖φ(x)‖² on the picture, so that at the layer the gradient is the activation itself.
 * What the layer sees a little of, it makes more of.
 *
 * Mordvintsev, Olah, Tyka: Inceptionism / DeepDream (2015). The constants are those of their notebook: steps of 1.5
 * by the mean of the gradient's magnitude, in bytes; moved by up to 32 pixels; 10 steps in each of 4 octaves, which
 * grow by 1.4. The dream begins small; what it has added is enlarged and carried over to the next octave's picture,
 * whose own details are there again. Colours are clipped to black and white.
 *
 * The layer may lie before fully connected ones: a picture of any size has it.
 *
 * @param of A layer, a channel's address, an objective; or a list of them, a dream of each.
 * @throws RangeError for options that there cannot be; for unknown layers, naming the nearest; and where the network
 *   cannot compute a layer at the size of an octave: take fewer, or a larger side. An interrupt gives what there is.
 * @example (await deepDream(net, photo, 'conv4', { octaves: 4 })).images[0].save('dream.png')
 */
export async function deepDream(
  net: Network,
  image: Image,
  of: Dreamt | readonly Dreamt[],
  options: DreamOptions = {},
): Promise<Dream> {
  const list = (Array.isArray(of) ? of : [of]) as readonly Dreamt[]
  if (list.length === 0) throw new RangeError('name a layer to dream of')
  const plan = planOf(net, image, options)
  const { sizes, iterations, rate, seed, signal, guide } = plan
  const objectives: Objective[] = []
  for (const one of list) objectives.push(await objectiveOf(net, one, guide))
  const names = list.map((one, i) =>
    typeof one === 'string' && !guide ? one : objectives[i]!.describe(net),
  )

  const full = sizes.at(-1)!
  const original = net.preprocess(image, full)
  const before = unnormalise(original, net.preprocessing)
  const dreams = names.map((name) => ({
    name,
    detail: undefined as Tensor | undefined,
    octaves: [] as Image[],
    history: [] as (readonly number[])[],
  }))
  const loop = counted(dreams.length * sizes.length, {
    label: `Dreaming of ${names.slice(0, 3).join(', ')}`,
    unit: 'octaves',
    partial: true,
    transient: true,
    signal,
  })
  let interrupted = false
  for await (const round of loop) {
    const state = dreams[Math.floor(round / sizes.length)]!
    const at = round % sizes.length
    const [height, width] = sizes[at]!
    const base = net.preprocess(image, sizes[at])
    const start = state.detail ? added(base, resized(state.detail, height, width)) : base
    const made: Optimised = await quietly(() =>
      optimise(net, {
        of: objectives[dreams.indexOf(state)]!,
        steps: iterations,
        image: pixels({ units: 'bytes' }),
        start,
        size: sizes[at],
        transforms: plan.jitter > 0 ? [jitter(plan.jitter)] : [],
        optimiser: ascent({ rate, normalise: 'mean' }),
        seed: mixSeeds(seed, at),
        signal,
      }),
    )
    state.detail = added(made, base, -1)
    state.octaves.push(made.images[0]!)
    state.history.push(made.history[0]!)
    interrupted ||= made.interrupted
    loop.show(() => picture(made.images[0]!, { title: state.name }))
  }

  const ends = dreams.map(({ detail }) =>
    detail
      ? clipped(added(original, resized(detail, ...full)), net.preprocessing)
      : { data: original.data.slice(), shape: original.shape },
  )
  const size = original.data.length
  const data = new Float32Array(ends.length * size)
  ends.forEach((end, i) => data.set(end.data, i * size))
  const origin = provenance(net, 'dream', original, {
    of: objectives.map((objective) => objective.toString()),
    octaves: sizes.length,
    scale: plan.scale,
    iterations,
    rate,
    jitter: plan.jitter,
    guide: guide?.toString(),
    size: full,
    seed,
    done: loop.done,
  })
  return new Dream(
    dreams.map(({ name, octaves, history }, i) => ({
      name,
      image: unnormalise(ends[i]!, net.preprocessing),
      octaves,
      history,
    })),
    before,
    interrupted || loop.interrupted,
    { data, shape: [ends.length, ...original.shape.slice(1)] },
    origin,
  )
}

function planOf(net: Network, image: Image, options: DreamOptions) {
  const { octaves = 4, scale = 1.4, iterations = 10, rate = 1.5, guide, signal } = options
  const { seed = defaultSeed(), side = Math.min(...net.preprocessing.size) } = options
  const { jitter: most = 32 } = options
  for (const [name, value] of Object.entries({ octaves, iterations, side }))
    wholeNumber(name, value)
  wholeNumber('jitter', most, 0)
  if (!(scale > 1 && Number.isFinite(scale)))
    throw new RangeError(`octaves grow by a factor above 1, not ${scale}`)
  if (!(rate > 0 && Number.isFinite(rate)))
    throw new RangeError(`a step has a length above 0, not ${rate}`)
  const enlarged = side / Math.min(image.width, image.height)
  const sizes = Array.from({ length: octaves }, (_, i) => {
    const factor = enlarged / scale ** (octaves - 1 - i)
    return [image.height, image.width].map((length) =>
      Math.max(1, Math.round(length * factor)),
    ) as [number, number]
  })
  return { sizes, scale, iterations, rate, guide, signal, seed, jitter: most }
}

async function objectiveOf(net: Network, of: Dreamt, guide: Image | undefined): Promise<Objective> {
  if (!guide) return of instanceof Objective ? of : unit(of)
  if (of instanceof Objective || of.includes(':'))
    throw new RangeError('a guide speaks of a layer as a whole: name the layer')
  const { [of]: features } = await net.run(guide, { layers: [of] })
  return bestMatches(of, features!)
}

/** a + factor · b. */
const added = (a: Tensor, b: Tensor, factor = 1): Tensor => ({
  data: a.data.map((value, i) => value + factor * b.data[i]!),
  shape: [...a.shape],
})

/** Pictures [N, C, H, W] at another size, bilinear. */
function resized({ data, shape }: Tensor, height: number, width: number): Tensor {
  const [images, channels, ownHeight, ownWidth] = shape as [number, number, number, number]
  const plane = ownHeight * ownWidth
  const result = new Float32Array(images * channels * height * width)
  for (let map = 0; map < images * channels; map++) {
    const own = data.subarray(map * plane, (map + 1) * plane)
    result.set(resizePlane(own, ownWidth, ownHeight, width, height), map * height * width)
  }
  return { data: result, shape: [images, channels, height, width] }
}

/** Colours between black and white, still normalised. */
function clipped({ data, shape }: Tensor, { mean, std }: Preprocessing): Tensor {
  const plane = shape[2]! * shape[3]!
  const channels = shape[1]!
  return {
    data: data.map((value, i) => {
      const c = Math.floor(i / plane) % channels
      const [middle, spread] = [mean[c] ?? mean[0], std[c] ?? std[0]]
      return Math.min((1 - middle) / spread, Math.max(-middle / spread, value))
    }),
    shape,
  }
}

function dreamFigure({ dreams, before, interrupted, provenance }: Dream) {
  const { octaves, iterations, guide } = provenance.parameters
  const stopped = interrupted ? ' Interrupted: this is what there was by then.' : ''
  const guided = guide === undefined ? '' : ' Drawn to the features of a guide.'
  return row(
    [
      picture(before, { title: 'Image' }),
      ...dreams.map(({ name, image }) => picture(image, { title: `Dream: ${name}` })),
    ],
    {
      caption:
        `${String(octaves)} octaves of ${String(iterations)} steps, from coarse to fine; Mordvintsev et al. 2015.` +
        guided +
        stopped,
    },
  )
}
