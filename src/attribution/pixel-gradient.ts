import { gradientPicture } from '../figures/gradient.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Network } from '../network/network.js'
import { classScore, type Objective, type Target } from '../objectives/objective.js'
import { provenance, Result } from '../result.js'
import { eachImage, type Input, part, targetIndices, targetName } from './input.js'

export type PixelGradientOptions =
  | {
      /** The class to explain: index or name, or one for each image. */
      target: Target
    }
  | {
      /** Anything else to explain: a neuron, a channel, … */
      of: Objective
    }

/** A signed gradient by the pixels, [N, 3, H, W], shown as a colour picture. */
export async function pixelGradient(
  net: Network,
  input: Input,
  options: PixelGradientOptions,
  method: { name: string; title: string; rule: ReluRule },
): Promise<Result> {
  const of = 'of' in options ? options.of : classScore(options.target)
  const gradient = await net.gradient(input, { of, rule: method.rule })
  const [count, , height, width] = gradient.shape as [number, number, number, number]
  const explained = (i: number): string =>
    'of' in options ? of.description : `'${targetName(net, options.target, i)}'`
  const parameters =
    'of' in options ? { of: of.description } : { target: targetIndices(net, options.target) }
  return new Result(gradient, provenance(net, method.name, parameters), () =>
    eachImage(count, (i) =>
      gradientPicture({
        data: part(gradient, i),
        width,
        height,
        title: `${method.title} of ${explained(i)}`,
      }),
    ),
  )
}
