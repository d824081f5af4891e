import { type Optimiser, type Rate, rateAt, rateCode } from './optimiser.js'

export interface AdamOptions {
  /** η. Default 0.05, Lucid's. */
  rate?: Rate
  /** How slowly the means of gradient and squared gradient follow. Default [0.9, 0.999]. */
  betas?: readonly [number, number]
  /** Default 1e-8. */
  epsilon?: number
}

/**
 * Adam (Kingma & Ba 2015), by PyTorch's definition: Δ = η m̂ / (√v̂ + ε).
 *
 * @throws RangeError for betas outside [0, 1).
 * @example adam({ rate: staged([[0, 3], [180, 0.1]]) })
 */
export function adam(options: AdamOptions = {}): Optimiser {
  const { rate = 0.05, betas = [0.9, 0.999], epsilon = 1e-8 } = options
  for (const beta of betas)
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`a beta lies in [0, 1), not ${beta}`)
  const [beta1, beta2] = betas
  return {
    key: `adam ${JSON.stringify({ betas, epsilon })}`,
    code: `adam({ rate: ${rateCode(rate)}, betas: [${betas.join(', ')}], epsilon: ${epsilon} })`,
    memory: 2,
    numbers: (step, steps) => [
      rateAt(rate, step, steps) / (1 - beta1 ** (step + 1)),
      1 / Math.sqrt(1 - beta2 ** (step + 1)),
    ],
    build(b, gradient, [mean, square], [length, correction]) {
      const following = (old: string, now: string, beta: number): string =>
        b.add('Add', [b.add('Mul', [old, b.scalar(beta)]), b.add('Mul', [now, b.scalar(1 - beta)])])
      const m = following(mean!, gradient, beta1)
      const v = following(square!, b.add('Mul', [gradient, gradient]), beta2)
      const root = b.add('Mul', [b.add('Sqrt', [v]), correction!])
      const direction = b.add('Div', [m, b.add('Add', [root, b.scalar(epsilon)])])
      return { change: b.add('Mul', [direction, length!]), memory: [m, v] }
    },
  }
}
