/** Every method as a map of one number per pixel, for comparison. */
import type { Tensor } from '../../engine/tensor.js'
import { Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { part } from '../batch.js'
import { resizePlane } from '../../image/resize.js'
import { type Channels, reduceChannels } from '../channels.js'
import { deconvnet } from '../deconvnet.js'
import { gradcam } from '../gradcam.js'
import { guided } from '../guided.js'
import { guidedGradcam } from '../guided-gradcam.js'
import { inputTimesGradient } from '../input-times-gradient.js'
import { integratedGradients } from '../integrated-gradients.js'
import { occlusion } from '../occlusion.js'
import { saliency } from '../saliency.js'
import { smoothGrad } from '../smoothgrad.js'

/** What a method is asked: normalised pixels [1, C, H, W], a class, and a seed for what is random. */
export interface MapQuestion {
  pixels: Tensor
  target: number
  seed: number
}

/**
 * A method as a map: how important each pixel is, [1, H, W] at any resolution, or [1, C, H, W], whose
 * channels are added up.
 */
export type MapMaker = (net: Network, question: MapQuestion) => Promise<Tensor> | Tensor

const reduced =
  (channels: Channels, make: MapMaker): MapMaker =>
  async (net, question) =>
    reduceChannels(await make(net, question), channels)

/**
 * The methods by name. What measures sensitivity is shown by its magnitude, what measures contributions
 * with its signs, since what speaks against a class is not important for it.
 */
export const mapMakers = {
  saliency: (net, { pixels, target }) => saliency(net, pixels, { target }),
  smoothGrad: reduced('max', (net, { pixels, target, seed }) =>
    smoothGrad(net, pixels, { target, seed, samples: 16 }),
  ),
  inputTimesGradient: (net, { pixels, target }) => inputTimesGradient(net, pixels, { target }),
  integratedGradients: (net, { pixels, target }) =>
    integratedGradients(net, pixels, { target, steps: 20 }),
  guided: reduced('max', (net, { pixels, target }) => guided(net, pixels, { target })),
  deconvnet: reduced('max', (net, { pixels, target }) => deconvnet(net, pixels, { target })),
  gradcam: (net, { pixels, target }) => gradcam(net, pixels, { target }),
  guidedGradcam: reduced('max', (net, { pixels, target }) =>
    guidedGradcam(net, pixels, { target }),
  ),
  occlusion: (net, { pixels, target }) => occlusion(net, pixels, { target }),
  edges: (_, { pixels }) => edges(pixels),
  random: (_, { pixels, seed }) => noise(pixels, seed),
} satisfies Record<string, MapMaker>

/** The names of the methods that are compared. 'edges' and 'random' know nothing of the network. */
export type MethodName = keyof typeof mapMakers

export const titles: Record<MethodName, string> = {
  saliency: 'Saliency',
  smoothGrad: 'SmoothGrad',
  inputTimesGradient: 'Input × gradient',
  integratedGradients: 'Integrated gradients',
  guided: 'Guided backprop',
  deconvnet: 'DeconvNet',
  gradcam: 'Grad-CAM',
  guidedGradcam: 'Guided Grad-CAM',
  occlusion: 'Occlusion',
  edges: 'Edges of the picture',
  random: 'Random numbers',
}

/** What a method must beat: it looks at no network. */
export const controls: readonly string[] = ['edges', 'random'] satisfies MethodName[]

/**
 * A map at the resolution of the pixels.
 *
 * @throws RangeError for what is no map of one image.
 */
export async function makeMap(
  make: MapMaker,
  name: string,
  net: Network,
  question: MapQuestion,
): Promise<Float32Array> {
  const found = await make(net, question)
  const [count, ...rest] = found.shape
  if (count !== 1 || rest.length < 2 || rest.length > 3)
    throw new RangeError(
      `method '${name}' made [${found.shape.join(', ')}]; a map is [1, H, W] or [1, C, H, W]`,
    )
  const map = rest.length === 3 ? reduceChannels(found, 'signed') : found
  const [, rows, columns] = map.shape as [number, number, number]
  const [, , height, width] = question.pixels.shape as [number, number, number, number]
  return resizePlane(part(map, 0), columns, rows, width, height)
}

/** How strong the picture's edges are: the length of the Sobel gradient, summed over the channels. */
function edges({ data, shape }: Tensor): Tensor {
  const [, channels, height, width] = shape as [number, number, number, number]
  const plane = height * width
  const map = new Float32Array(plane)
  for (let c = 0; c < channels; c++) {
    const at = (y: number, x: number): number => {
      const [row, column] = [clamp(y, height), clamp(x, width)]
      return data[c * plane + row * width + column]!
    }
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const side = (dx: number): number =>
          at(y - 1, x + dx) + 2 * at(y, x + dx) + at(y + 1, x + dx)
        const line = (dy: number): number =>
          at(y + dy, x - 1) + 2 * at(y + dy, x) + at(y + dy, x + 1)
        map[y * width + x]! += Math.hypot(side(1) - side(-1), line(1) - line(-1))
      }
  }
  return { data: map, shape: [1, height, width] }
}

const clamp = (at: number, size: number): number => Math.max(0, Math.min(size - 1, at))

function noise({ shape }: Tensor, seed: number): Tensor {
  const [, , height, width] = shape as [number, number, number, number]
  const random = new Random(seed)
  const data = Float32Array.from({ length: height * width }, () => random.uniform())
  return { data, shape: [1, height, width] }
}
