import { gradientPicture } from '../figures/gradient.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part } from './batch.js'
import { type Explained, type Input, question } from './question.js'

/** Three planes; a grey signal is all three of them. */
export const coloured = (signal: Float32Array, plane: number): Float32Array =>
  signal.length === plane ? Float32Array.from([...signal, ...signal, ...signal]) : signal

/** A signal sent back to the pixels, [N, C, H, W], shown as a colour picture. */
export async function pixelGradient(
  net: Network,
  input: Input,
  explained: Explained,
  method: { name: string; title: string; rule: ReluRule },
): Promise<Result> {
  const { pixels, of, name, parameters } = question(net, input, explained)
  const signal = await net.gradient(pixels, { of, rule: method.rule })
  const [count, , height, width] = signal.shape as [number, number, number, number]
  return new Result(signal, provenance(net, method.name, pixels, parameters), () =>
    eachImage(count, (i) =>
      gradientPicture({
        data: coloured(part(signal, i), width * height),
        width,
        height,
        title: `${method.title}: ${name(i)}`,
      }),
    ),
  )
}
