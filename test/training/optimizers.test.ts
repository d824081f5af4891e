import { expect } from 'chai'
import { adamW, type Optimizer, sgd } from '../../src/training/optimizers.js'

/** One weight, step by step, each with its own gradient. */
function follow(
  optimizer: Optimizer,
  start: number,
  gradients: readonly number[],
  rate: number,
  decays = true,
): number[] {
  const weights = Float32Array.of(start)
  const memory = optimizer.memory.map(() => new Float32Array(1))
  return gradients.map((gradient, i) => {
    optimizer.update(weights, Float32Array.of(gradient), memory, { rate, count: i + 1, decays })
    return weights[0]!
  })
}

describe('optimisers', () => {
  it('SGD with momentum follows v ← μv + g + λw, w ← w − ηv', () => {
    const own = follow(sgd({ momentum: 0.5, weightDecay: 0.1 }), 2, [1, -3, 0.5], 0.1)
    let [twin, velocity] = [2, 0]
    ;[1, -3, 0.5].forEach((g, i) => {
      velocity = 0.5 * velocity + g + 0.1 * twin
      twin -= 0.1 * velocity
      expect(own[i]).closeTo(twin, 1e-6)
    })
  })

  it('Adam follows Kingma & Ba, algorithm 1', () => {
    const gradients = [0.3, -2, 0.7, 4]
    const own = follow(adamW({ betas: [0.9, 0.99] }), 1, gradients, 0.01)
    let [twin, m, v] = [1, 0, 0]
    gradients.forEach((g, i) => {
      m = 0.9 * m + 0.1 * g
      v = 0.99 * v + 0.01 * g * g
      twin -= (0.01 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.99 ** (i + 1))) + 1e-8)
      expect(own[i]).closeTo(twin, 1e-6)
    })
  })

  it("AdamW's decay is apart from the gradient (Loshchilov & Hutter 2019)", () => {
    expect(follow(adamW({ weightDecay: 0.5 }), 1, [0], 0.1)[0]).closeTo(1 - 0.1 * 0.5, 1e-6)
  })

  it('what does not decay does not', () => {
    for (const optimizer of [adamW({ weightDecay: 0.5 }), sgd({ weightDecay: 0.5 })])
      expect(follow(optimizer, 1, [0], 0.1, false)).deep.equal([1])
  })

  it('refuses numbers out of range', () => {
    expect(() => sgd({ momentum: 1 })).throw(RangeError, 'momentum lies in [0, 1), not 1')
    expect(() => adamW({ weightDecay: -1 })).throw(RangeError, 'weightDecay')
  })
})
