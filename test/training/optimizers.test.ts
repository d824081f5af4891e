import { expect } from 'chai'
import { adam, sgd } from '../../src/training/optimizers.js'

describe('optimisers', () => {
  it('SGD with momentum follows v ← μv + g + λw, w ← w − ηv', () => {
    const update = sgd({ momentum: 0.5, weightDecay: 0.1 })(1)
    const w = new Float32Array([2])
    let [twin, velocity] = [2, 0]
    for (const g of [1, -3, 0.5]) {
      update(w, new Float32Array([g]), 0.1)
      velocity = 0.5 * velocity + g + 0.1 * twin
      twin -= 0.1 * velocity
      expect(w[0]).closeTo(twin, 1e-6)
    }
  })

  it('Adam follows Kingma & Ba, algorithm 1', () => {
    const update = adam({ betas: [0.9, 0.99], epsilon: 1e-8 })(1)
    const w = new Float32Array([1])
    let [twin, m, v] = [1, 0, 0]
    ;[0.3, -2, 0.7, 4].forEach((g, i) => {
      update(w, new Float32Array([g]), 0.01)
      m = 0.9 * m + 0.1 * g
      v = 0.99 * v + 0.01 * g * g
      twin -= (0.01 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.99 ** (i + 1))) + 1e-8)
      expect(w[0]).closeTo(twin, 1e-6)
    })
  })

  it("AdamW's decay is apart from the gradient (Loshchilov & Hutter 2019)", () => {
    const w = new Float32Array([1])
    adam({ weightDecay: 0.5 })(1)(w, new Float32Array([0]), 0.1)
    expect(w[0]).closeTo(1 - 0.1 * 0.5, 1e-6)
  })
})
