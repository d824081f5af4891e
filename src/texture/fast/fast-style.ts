import type { Tensor } from '../../engine/tensor.js'
import { picture } from '../../figures/picture.js'
import { row } from '../../figures/row.js'
import { crop } from '../../image/crop.js'
import type { Image } from '../../image/image.js'
import { unnormalise } from '../../image/preprocessing.js'
import { resizeShortestSide } from '../../image/resize.js'
import type { Network } from '../../network/network.js'
import { positive, wholeNumber } from '../../options.js'
import { digestOf } from '../../record.js'
import { provenance, type Provenance, Result } from '../../result.js'
import { follow } from '../../work/index.js'
import { withColoursOf } from '../colours.js'
import { multiplyAdds, pixelsAtOwnSize } from '../feature-layers.js'
import { type StyleChoice, StyleModel } from './style-model.js'

export interface FastStyleOptions {
  /** Name of a style; several, in equal shares; or how much of each. Default: the model's first. */
  style?: StyleChoice
  /** Default: the embedded one. A string is the path of a checkpoint: {@link StyleModel.load}. */
  model?: StyleModel | string
  /** Shorter side of the result in pixels. Default: as the picture is. */
  size?: number
  /** Whose colours the result has: those of the 'style' (default) or, its brightness apart, of the 'content'. */
  colours?: 'style' | 'content'
}

/** A picture painted in one pass: pixels in [0, 1], [1, 3, H, W]. */
export class FastStyle extends Result {
  constructor(
    readonly image: Image,
    /** The content at the size of the result. */
    readonly content: Image,
    /** What it was painted in, in words: 'mosaic', '67 % starry, 33 % ink'. */
    readonly style: string,
    /** Multiplications (each with an addition) that it took. */
    readonly multiplyAdds: number,
    origin: Provenance,
  ) {
    super(pixelsOf([image]), origin, () =>
      row([picture(content, { title: 'Content' }), picture(image, { title: style })], {
        caption: `One pass of ${Math.round(multiplyAdds / 1e6).toLocaleString('en')} million multiply–adds.`,
      }),
    )
  }
}

/**
 * The picture, painted by a network that was trained to: a single pass in place of an optimisation (Johnson et al.
 * 2016), in any of several styles and between them (Dumoulin et al. 2017), at any size.
 *
 * A network paints in the styles it has learnt and in no others; its strokes have the same size in pixels whatever the
 * size of the picture.
 *
 * @returns `image` is the picture.
 * @throws RangeError for an unknown style, naming the nearest, for shares that are all 0, and for pictures of less than
 *   8 pixels; Error for a file that is no such model.
 * @example await fastStyle(photo, { style: { starry: 2, ink: 1 }, size: 256 })
 */
export async function fastStyle(image: Image, options: FastStyleOptions = {}): Promise<FastStyle> {
  const model = await modelOf(options.model)
  const choice = options.style ?? model.styles[0]!
  const content = contentOf(image, options)
  const { net, made } = await painted(model, content, choice, options.colours)
  const style = words(model, choice)
  const { size = Math.min(content.width, content.height), colours = 'style' } = options
  const told = { model: model.name, style: sharesOf(model, choice), size, colours }
  const origin = provenance(net, 'fastStyle', digestOf(pixelsOf([content])), told)
  const output = net.graph.outputs[0]!.name
  const work = multiplyAdds(net, [output], [content.height, content.width])
  return new FastStyle(made, content, style, work, origin)
}

export interface FastStylesOptions extends Omit<FastStyleOptions, 'style'> {
  /** Which ones. Default: all that the model knows. */
  styles?: readonly StyleChoice[]
  /** From one style to another, in even steps, in place of `styles`. */
  between?: readonly [from: StyleChoice, to: StyleChoice]
  /** How many pictures there are then, both ends included. Default 5. */
  steps?: number
  /** Ends it; what there is by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** The same picture in several styles: pixels in [0, 1], [styles, 3, H, W]. */
export class FastStyles extends Result {
  constructor(
    readonly images: readonly Image[],
    readonly content: Image,
    /** What each was painted in, in words. */
    readonly styles: readonly string[],
    origin: Provenance,
  ) {
    super(pixelsOf(images), origin, () =>
      row([
        picture(content, { title: 'Content' }),
        ...images.map((image, i) => picture(image, { title: styles[i] })),
      ]),
    )
  }
}

/**
 * The picture in all styles of a model, or on the way from one to another: the weighted means of their scales and
 * shifts (Dumoulin et al. 2017).
 *
 * @returns `images`; after an interrupt those that are there.
 * @throws RangeError as {@link fastStyle}, and where both `styles` and `between` are given; AbortError at an interrupt
 *   before the first picture.
 * @example await fastStyles(photo, { between: ['mosaic', 'ink'], steps: 7 })
 */
export async function fastStyles(
  image: Image,
  options: FastStylesOptions = {},
): Promise<FastStyles> {
  const model = await modelOf(options.model)
  const content = contentOf(image, options)
  const choices = choicesOf(model, options)
  const images: Image[] = []
  const loop = follow(choices, {
    ...{ label: 'Painting', unit: 'styles', signal: options.signal },
    ...{ partial: true, transient: true },
  })
  let net: Network | undefined
  for await (const choice of loop) {
    const one = await painted(model, content, choice, options.colours)
    net = one.net
    images.push(one.made)
    loop.show(() => picture(images.at(-1)!, { title: words(model, choice) }))
  }
  if (!net) throw loop.work.stopped()
  const { size = Math.min(content.width, content.height), colours = 'style' } = options
  const done = choices.slice(0, images.length)
  const told = { model: model.name, styles: done.map((one) => sharesOf(model, one)), size, colours }
  const origin = provenance(net, 'fastStyles', digestOf(pixelsOf([content])), told)
  const names = done.map((one) => words(model, one))
  return new FastStyles(images, content, names, origin)
}

function choicesOf(
  model: StyleModel,
  { styles, between, steps = 5 }: FastStylesOptions,
): readonly StyleChoice[] {
  if (styles && between) throw new RangeError('name `styles`, or two to go `between`; not both')
  if (styles?.length === 0) throw new RangeError('name a style, at least')
  if (!between) return styles ?? model.styles
  wholeNumber('steps', steps, 2)
  const [from, to] = between.map((one) => model.shares(one)) as [number[], number[]]
  return Array.from({ length: steps }, (_, i) => {
    const share = i / (steps - 1)
    return Object.fromEntries(
      model.styles.map((name, k) => [name, (1 - share) * from[k]! + share * to[k]!]),
    )
  })
}

let embedded: Promise<StyleModel> | undefined

/** The model that is meant; the embedded one is read once. */
async function modelOf(model: StyleModel | string | undefined): Promise<StyleModel> {
  if (model instanceof StyleModel) return model
  if (typeof model === 'string') return StyleModel.load(model)
  embedded ??= StyleModel.load()
  embedded.catch(() => (embedded = undefined))
  return embedded
}

function contentOf(image: Image, { size }: { size?: number }): Image {
  if (size !== undefined) positive('size', size)
  const content = size === undefined ? image : resizeShortestSide(image, Math.round(size))
  if (Math.min(content.width, content.height) < SMALLEST)
    throw new RangeError(
      `a picture to paint has sides of ${SMALLEST} pixels or more; this is an ${content.toString()}`,
    )
  return content
}

/** Mirrored edges need something to mirror, at a quarter of the size as well. */
const SMALLEST = 8

async function painted(
  model: StyleModel,
  content: Image,
  choice: StyleChoice,
  colours: FastStyleOptions['colours'] = 'style',
): Promise<{ net: Network; made: Image }> {
  if (colours !== 'style' && colours !== 'content')
    throw new RangeError(
      `the colours are those of the 'style' or the 'content', not '${String(colours)}'`,
    )
  const net = await model.network(choice)
  const [output] = Object.values(await net.run(pixelsAtOwnSize(net, content)))
  // Sides that are no multiples of 4 are rounded up, at the right and below.
  const whole = unnormalise(output!, net.preprocessing)
  const image = crop(whole, 0, 0, content.width, content.height)
  return { net, made: colours === 'content' ? withColoursOf(image, content) : image }
}

/** How much of each style, of those that have any. */
const sharesOf = (model: StyleModel, choice: StyleChoice): Record<string, number> =>
  Object.fromEntries(
    model.shares(choice).flatMap((share, i) => (share > 0 ? [[model.styles[i]!, share]] : [])),
  )

/** 'mosaic', or '67 % starry, 33 % ink'. */
function words(model: StyleModel, choice: StyleChoice): string {
  const shares = Object.entries(sharesOf(model, choice))
  if (shares.length === 1) return shares[0]![0]
  return shares.map(([name, share]) => `${Math.round(100 * share)} % ${name}`).join(', ')
}

function pixelsOf(images: readonly Image[]): Tensor {
  const { width, height } = images[0]!
  const data = new Float32Array(images.length * 3 * width * height)
  images.forEach((image, i) => data.set(image.data, i * image.data.length))
  return { data, shape: [images.length, 3, height, width] }
}
