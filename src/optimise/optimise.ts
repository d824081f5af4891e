/** Optimising an image: objective, image, transforms and optimiser are four separate things that combine. */
import { pictures } from '../attribution/batch.js'
import type { Tensor } from '../engine/tensor.js'
import { defaultSeed, mixSeeds, Random } from '../image/random.js'
import type { PictureShape, Transform } from '../image/transforms/transform.js'
import type { Network } from '../network/network.js'
import type { Objective } from '../objectives/objective.js'
import { wholeNumber } from '../options.js'
import { provenance } from '../result.js'
import { type Loop, steps as counted } from '../work/index.js'
import type { Parametrisation } from './images/parametrisation.js'
import { pixels } from './images/pixels.js'
import {
  type Outcome,
  type Progress,
  optimisationFigure,
  Optimised,
  type Snapshot,
} from './optimised.js'
import { adam } from './optimisers/adam.js'
import { ascent } from './optimisers/ascent.js'
import { type LineSearch, minimise } from './optimisers/lbfgs.js'
import type { Optimiser } from './optimisers/optimiser.js'
import type { Regulariser } from './regularisers/regulariser.js'
import { type Start, startCode, startNumbers } from './start.js'
import { type Step, StepProgram } from './step.js'

export interface OptimiseOptions {
  /** What is to rise, or to fall. */
  of: Objective
  /** Default 'ascend'. */
  direction?: 'ascend' | 'descend'
  /** Default 256. */
  steps?: number
  /** What the images are made of: {@link pixels} (default) or {@link fourier} coefficients. */
  image?: Parametrisation
  /** Where it begins. Default: what the parametrisation begins with: the mean colour, or a little noise. */
  start?: Start
  /** How many images at once. Default: as many as there are in the start, or 1. */
  images?: number
  /** [height, width] in pixels. Default: the network's input; a convolutional network takes others. */
  size?: readonly [height: number, width: number]
  /** What happens to an image before the network sees it, in order. Default: nothing. */
  transforms?: readonly Transform[]
  /**
   * Default: {@link ascent} of rate 0.065 by the root mean square, which is CS231n's, for pixels; {@link adam} of
   * rate 0.05 for others.
   */
  optimiser?: Optimiser | LineSearch
  /** What is done to pixels after a step, in order. Default: nothing. */
  regularisers?: readonly Regulariser[]
  /** Decides noise and transforms. Default: that of `%seed`, or 0. */
  seed?: number
  /** How many times the images are kept on the way, evenly spaced from the start. Default 0. */
  snapshots?: number
  /** What is said of it while it goes on. Default: 'Optimising' and what. */
  label?: string
  /** Ends it; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/**
 * Changes an image until an objective is high, or low: the loop behind class visualisation, dreams, inversion and
 * textures. A step is one run of one graph, from the image and the optimiser's memory to the next.
 *
 * Images of a batch do not act on each other, unless by the objective ({@link diversity}). An interrupt gives what
 * there is by then.
 *
 * @param options Objective, image, transforms, optimiser, and {@link OptimiseOptions}.
 * @returns Normalised pixels [N, C, H, W]; `images` shows them, `history` has the objective before each step.
 * @throws RangeError for options that do not fit each other or the network, and where the objective stops being a
 *   finite number; NodeError where an operator has no backward rule.
 * @example
 *   const cat = await optimise(net, { of: classScore('cat').minus(l2().times(1e-3)), transforms: [jitter(8)] })
 *   cat.images[0]
 */
export async function optimise(net: Network, options: OptimiseOptions): Promise<Optimised> {
  const plan = planOf(net, options)
  const { of, shape, count, seed, image, transforms, optimiser, regularisers, steps } = plan
  const start = startNumbers(net, image, plan.start, shape, mixSeeds(seed, 0))
  const sign = plan.direction === 'ascend' ? 1 : -1
  const inGraph = isLineSearch(optimiser) ? undefined : optimiser
  const program = new StepProgram(
    { net, of, sign, shape, image, transforms, optimiser: inGraph, regularisers },
    start.shape,
  )

  const history: number[][] = Array.from({ length: count }, () => [])
  const snapshots: Snapshot[] = []
  const shots = new Set(
    Array.from({ length: plan.snapshots }, (_, i) => Math.floor((i * steps) / plan.snapshots)),
  )
  const shown = (picture: Float32Array) =>
    pictures({ data: picture, shape: [...shape] }, net.preprocessing)
  const names = Array.from({ length: count }, (_, i) => of.describe(net, i))
  const progress = (picture: Float32Array): Progress => ({
    names,
    objective: 'objective',
    images: shown(picture),
    history,
    snapshots,
  })
  const loop = counted(steps, {
    label: options.label ?? `Optimising ${names.slice(0, 3).join(', ')}`,
    partial: true,
    signal: options.signal,
    // The result shows the same, and more.
    transient: true,
  })
  const note = (step: number, { value, picture }: Step): void => {
    value.forEach((one, i) => {
      if (!Number.isFinite(one))
        throw new RangeError(
          `the objective became ${one} in step ${step}; try a lower rate than ${optimiser.code}`,
        )
      history[i]!.push(one)
    })
    if (shots.has(step)) snapshots.push({ step, images: shown(picture) })
    loop.note(`objective ${value.reduce((a, b) => a + b, 0).toPrecision(4)}`)
    loop.show(() => optimisationFigure(progress(picture)))
  }

  const numbers = isLineSearch(optimiser)
    ? await searchLines(program, start.data, optimiser, { sign, steps, loop, note })
    : await climb(program, start, { plan, optimiser, loop, note })
  const end = await program.run(numbers.data, numbers.memory, {
    at: Math.max(0, steps - 1),
    of: steps,
    random: undefined,
  })
  const result = { data: Float32Array.from(end.picture), shape: [...shape] }
  const last = progress(result.data)
  const given = plan.start
  const origin = provenance(
    net,
    'optimise',
    typeof given === 'object' && 'data' in given ? start : undefined,
    {
      of: of.toString(),
      direction: plan.direction,
      steps,
      image: image.code,
      start: startCode(given),
      images: count,
      size: shape.slice(2),
      transforms: transforms.map(({ code }) => code),
      optimiser: optimiser.code,
      regularisers: regularisers.map(({ code }) => code),
      seed,
      done: loop.done,
    },
  )
  const outcome: Outcome = {
    ...result,
    images: last.images,
    values: Array.from(end.value),
    history,
    snapshots,
    steps: loop.done,
    interrupted: loop.interrupted,
  }
  return new Optimised(outcome, origin, () => optimisationFigure(last))
}

type Plan = ReturnType<typeof planOf>

interface Following {
  loop: Loop<number>
  note: (step: number, run: Step) => void
}

/** Numbers of the image, and what an optimiser remembers. */
interface State {
  data: Float32Array
  memory: Float32Array[]
}

async function climb(
  program: StepProgram,
  start: Tensor,
  { plan, optimiser, loop, note }: Following & { plan: Plan; optimiser: Optimiser },
): Promise<State> {
  const { steps, seed, shape, regularisers } = plan
  const after = regularisers.filter(({ apply }) => apply)
  let { data } = start
  let memory: Float32Array[] = Array.from(
    { length: optimiser.memory },
    () => new Float32Array(start.data.length),
  )
  for await (const step of loop) {
    const random = new Random(mixSeeds(seed, 1, step))
    const run = await program.run(data, memory, { at: step, of: steps, random })
    ;({ numbers: data, memory } = run)
    for (const { every = 1, apply } of after)
      if ((step + 1) % every === 0)
        apply!({ pixels: data, gradient: run.gradient!, shape, step, steps })
    note(step, run)
  }
  return { data, memory }
}

async function searchLines(
  program: StepProgram,
  start: Float32Array,
  optimiser: LineSearch,
  { sign, steps, loop, note }: Following & { sign: 1 | -1; steps: number },
): Promise<State> {
  const evaluate = async (point: Float32Array) => {
    const run = await program.run(point, [], { at: 0, of: steps, random: undefined })
    const value = -sign * run.value.reduce((a, b) => a + b, 0)
    return { point, value, gradient: run.gradient!.map((slope) => -sign * slope), run }
  }
  let at = await evaluate(start)
  const search = minimise(evaluate, at, optimiser)
  for await (const step of loop) {
    note(step, at.run)
    const next = await search.next()
    if (next.done) break
    at = next.value
  }
  return { data: at.point, memory: [] }
}

const isLineSearch = (optimiser: Optimiser | LineSearch): optimiser is LineSearch =>
  'kind' in optimiser

/** What is done, with its defaults. */
function planOf(net: Network, options: OptimiseOptions) {
  const {
    of,
    direction = 'ascend',
    steps = 256,
    image = pixels(),
    size = net.preprocessing.size,
    transforms = [],
    regularisers = [],
    seed = defaultSeed(),
    snapshots = 0,
  } = options
  const { start = image.start } = options
  const usual = image.isPixels ? ascent({ rate: 0.065, normalise: 'rms' }) : adam({ rate: 0.05 })
  const { optimiser = usual } = options
  const given = typeof start === 'object' && 'shape' in start ? start.shape[0] : undefined
  const count = options.images ?? given ?? 1
  wholeNumber('steps', steps, 0)
  wholeNumber('images', count, 1)
  wholeNumber('snapshots', snapshots, 0)
  if (direction !== 'ascend' && direction !== 'descend')
    throw new RangeError(`the direction is 'ascend' or 'descend', not '${String(direction)}'`)
  if (regularisers.length > 0 && !image.isPixels)
    throw new RangeError(
      `${regularisers[0]!.code} acts on pixels, but the image is ${image.code}; ` +
        `take pixels(), or subtract a penalty from the objective`,
    )
  if (
    isLineSearch(optimiser) &&
    (regularisers.length > 0 || transforms.some(({ random }) => random))
  )
    throw new RangeError(
      `${optimiser.code} needs the same objective at every step: it goes with no random transform ` +
        `and no regulariser; take adam()`,
    )
  const channels = Number(net.graph.inputs[0]!.shape![1])
  const shape: PictureShape = [count, channels, size[0], size[1]]
  return {
    of,
    direction,
    steps,
    image,
    start,
    count,
    shape,
    transforms,
    optimiser,
    regularisers,
    seed,
    snapshots,
  }
}
