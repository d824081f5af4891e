/** One step of an optimisation as one graph: image, transforms, network, objective, gradient, update. */
import { gradient, IndependenceError } from '../gradient/gradient.js'
import { pad as padded } from '../gradient/padding.js'
import type { Random } from '../image/random.js'
import type { PictureShape, Transform } from '../image/transforms/transform.js'
import type { Builder } from '../network/builder.js'
import { float32, type TypedTensor } from '../network/graph.js'
import type { Network, Surroundings } from '../network/network.js'
import type { Objective } from '../objectives/objective.js'
import type { Parametrisation } from './images/parametrisation.js'
import type { Optimiser } from './optimisers/optimiser.js'
import type { Regulariser } from './regularisers/regulariser.js'

/** What a step is made of. */
export interface StepParts {
  net: Network
  of: Objective
  /** 1 where the objective is to rise, −1 where it is to fall. */
  sign: 1 | -1
  /** Of the images, [N, C, H, W]. */
  shape: PictureShape
  image: Parametrisation
  transforms: readonly Transform[]
  /** None: values and gradients are computed, and the image stays. */
  optimiser: Optimiser | undefined
  regularisers: readonly Regulariser[]
}

/** What a run gives. */
export interface Step {
  /** The objective before the step, one number per image. */
  value: Float32Array
  /** The images before the step, normalised pixels. */
  picture: Float32Array
  /** Of the objective by the numbers, where somebody needs it. */
  gradient: Float32Array | undefined
  numbers: Float32Array
  memory: Float32Array[]
}

/** A program for steps of one kind. */
export class StepProgram {
  readonly #around: Surroundings
  readonly #fixed: Record<string, TypedTensor>
  readonly #shapes: PictureShape[]
  readonly #masked: Regulariser | undefined
  readonly #numbersShape: readonly number[]

  /** @param numbersShape Of what the images are made of. @throws RangeError where objective and network do not fit. */
  constructor(
    private readonly parts: StepParts,
    numbersShape: readonly number[],
  ) {
    const { net, of, shape, transforms, regularisers } = parts
    const masks = regularisers.filter(({ mask }) => mask)
    if (masks.length > 1) throw new RangeError('only one regulariser can say where gradients count')
    this.#masked = masks[0]
    this.#numbersShape = numbersShape
    this.#shapes = [shape]
    for (const one of transforms) this.#shapes.push(one.shape(this.#shapes.at(-1)!))
    const values = of.parameters(net.subject(shape), shape[0])
    this.#fixed = Object.fromEntries(values.map((value, i) => [`parameter.${i}`, value]))
    this.#around = this.#surroundings(values)
  }

  /** Runs a step, the first one being 0. @param random None: transforms stand still. */
  async run(
    numbers: Float32Array,
    memory: readonly Float32Array[],
    step: { at: number; of: number; random: Random | undefined },
  ): Promise<Step> {
    const { net, transforms, optimiser, regularisers, shape } = this.parts
    const feeds: Record<string, TypedTensor> = {
      ...this.#fixed,
      numbers: float32(numbers, this.#numbersShape),
    }
    memory.forEach((one, i) => (feeds[`memory.${i}`] = float32(one, this.#numbersShape)))
    optimiser
      ?.numbers(step.at, step.of)
      .forEach((value, i) => (feeds[`optimiser.${i}`] = float32([value], [])))
    regularisers.forEach((one, i) =>
      one
        .numbers?.(step.at, step.of)
        .forEach((value, k) => (feeds[`regulariser.${i}.${k}`] = float32([value], []))),
    )
    const [, , height, width] = shape
    if (this.#masked)
      feeds.mask = float32(this.#masked.mask!(step.at, step.of, height, width), [
        1,
        1,
        height,
        width,
      ])
    transforms.forEach((one, i) =>
      one
        .draw(this.#shapes[i]!, step.random)
        .forEach((value, k) => (feeds[`transform.${i}.${k}`] = value)),
    )
    const results = await net.runAround(this.#around, feeds)
    const read = (name: string): Float32Array | undefined =>
      results[name]?.data as Float32Array | undefined
    return {
      value: read('value')!,
      picture: read('picture') ?? numbers,
      gradient: read('gradient'),
      numbers: read('numbers') ?? numbers,
      memory: memory.map((_, i) => read(`memory.${i}`)!),
    }
  }

  #surroundings(parameters: readonly TypedTensor[]): Surroundings {
    const { net, of, sign, shape, image, transforms, optimiser, regularisers } = this.parts
    const needsGradient = !optimiser || regularisers.some(({ apply }) => apply)
    const drawn = transforms.map((one, i) => one.draw(this.#shapes[i]!, undefined))
    const key = [
      of.key,
      sign,
      image.key,
      ...transforms.map(({ key }) => key),
      optimiser?.key ?? 'no step',
      ...regularisers.map(({ key }) => key),
      needsGradient,
      parameters.map(({ shape }) => shape),
    ]
    return {
      key: JSON.stringify(['step', ...key]),
      shape,
      before: (b) => {
        b.input('numbers', this.#numbersShape)
        const picture = image.decode(b, 'numbers', shape, net.preprocessing)
        const seen = transforms.reduce((value, one, i) => {
          const fed = drawn[i]!.map(({ shape, type }, k) =>
            b.input(`transform.${i}.${k}`, shape, type),
          )
          return one.build(b, value, fed)
        }, picture)
        return { image: picture, input: centred(b, seen, shape) }
      },
      after: (b, subject) => {
        const fed = parameters.map(({ shape, type }, i) => b.input(`parameter.${i}`, shape, type))
        const value = of.build(b, subject, fed)
        let slope: string
        try {
          ;[slope] = gradient(b, value, ['numbers']) as [string]
        } catch (error) {
          if (!(error instanceof IndependenceError)) throw error
          throw new RangeError(`${of.describe(net)} does not depend on the image`, { cause: error })
        }
        const outputs: Record<string, string> = { value }
        if (subject.image !== 'numbers') outputs.picture = subject.image
        if (needsGradient) outputs.gradient = slope
        if (!optimiser) return outputs
        const masked = this.#masked
          ? b.add('Mul', [slope, b.input('mask', [1, 1, shape[2], shape[3]])])
          : slope
        const uphill = sign === 1 ? masked : b.add('Neg', [masked])
        const memory = Array.from({ length: optimiser.memory }, (_, i) =>
          b.input(`memory.${i}`, this.#numbersShape),
        )
        const scalars = optimiser.numbers(0, 1).map((_, i) => b.input(`optimiser.${i}`, []))
        const update = optimiser.build(b, uphill, memory, scalars)
        let next = b.add('Add', ['numbers', update.change])
        regularisers.forEach(({ build, numbers }, i) => {
          const fed = numbers?.(0, 1).map((_, k) => b.input(`regulariser.${i}.${k}`, [])) ?? []
          if (build) next = build(b, next, fed)
        })
        outputs.numbers = image.confine?.(b, next, net.preprocessing) ?? next
        update.memory.forEach((one, i) => (outputs[`memory.${i}`] = one))
        return outputs
      },
    }
  }
}

/** The middle of a picture at another size: cut, or surrounded by the mean colour. */
function centred(b: Builder, picture: string, [, , height, width]: PictureShape): string {
  const [, , ownHeight, ownWidth] = b.shape(picture).map(Number) as [number, number, number, number]
  const [more, wider] = [height - ownHeight, width - ownWidth]
  const [top, left] = [Math.floor(more / 2), Math.floor(wider / 2)]
  return padded(b, picture, [2, 3], [top, left], [more - top, wider - left])
}
