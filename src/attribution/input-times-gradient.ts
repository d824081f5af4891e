import { heatMap } from '../figures/heatmap.js'
import { gradientPercentile } from '../figures/range.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part } from './batch.js'
import { reduceChannels, reductionLabel } from './channels.js'
import { type Explained, type Input, question } from './question.js'

/**
 * Input × gradient: x · ∂S_c / ∂x, what each value of the input adds to the score of a network that were
 * linear.
 *
 * Shrikumar, Greenside, Shcherbina, Kundaje: Not Just a Black Box (2016). Of a network of rectifiers, linear
 * layers and max-poolings *without biases* the products add up to the score itself; with biases they do not.
 * A pixel at 0 of the *normalised* input gets 0, whatever it shows, and the map shows the picture whether
 * or not the network sees it: see {@link trust}.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param explained `target`: a class, or `of`: any objective.
 * @returns [N, C, H, W], signed, in units of the score. The figure shows the sum over the channels.
 * @throws RangeError for an unknown class or layer, naming the nearest, and for pixels that are not finite.
 * @example await inputTimesGradient(net, photo, { target: 'wolf' })
 */
export async function inputTimesGradient(
  net: Network,
  input: Input,
  explained: Explained,
): Promise<Result> {
  const { pixels, of, name, parameters } = question(net, input, explained)
  const gradient = await net.gradient(pixels, { of })
  const products = {
    data: gradient.data.map((value, i) => value * pixels.data[i]!),
    shape: gradient.shape,
  }
  const map = reduceChannels(products, 'signed')
  const [count, height, width] = map.shape as [number, number, number]
  const origin = provenance(net, 'inputTimesGradient', pixels, parameters)
  return new Result(products, origin, () =>
    eachImage(count, (i) =>
      heatMap({
        data: part(map, i),
        width,
        height,
        title: `Input × gradient: ${name(i)}`,
        label: reductionLabel('signed', 'x · gradient'),
        colors: 'diverging',
        percentile: gradientPercentile,
      }),
    ),
  )
}
