import { expect } from 'chai'
import { boundary } from '../../../src/robustness/attacks/boundary.js'
import { nes } from '../../../src/robustness/attacks/nes.js'
import { euclidean } from '../../../src/vectors.js'
import { onePixel } from '../../../src/robustness/attacks/one-pixel.js'
import { pixelModel } from '../../../src/robustness/attacks/pixel-model.js'
import { topClass } from '../../../src/robustness/attacks/problem.js'
import { onnx } from '../../../src/engine/onnx.js'
import type { Network } from '../../../src/network/network.js'
import { rejection } from '../../rejection.js'
import { asImage, linearNetwork, middling, slope } from './problems.js'

describe('black box attacks', () => {
  let net: Network
  let label: number
  /** How far the nearest class is. */
  let nearest: number
  before(async () => {
    net = await linearNetwork(onnx, 3)
    const scores = (await pixelModel(net).scores(middling())).data
    label = topClass(scores)
    nearest = Math.min(
      ...[0, 1, 2]
        .filter((k) => k !== label)
        .map((k) => (scores[label]! - scores[k]!) / euclidean(slope(net, k, label))),
    )
  })
  after(() => net.release())

  it('by scores (NES) fools within its budget, and counts its questions', async () => {
    const epsilon = Math.min(1, nearest)
    const attack = await nes(net, middling(), { epsilon, steps: 60, samples: 20, seed: 2 })
    const [outcome] = attack.outcomes as [(typeof attack.outcomes)[number]]
    expect(outcome.fooled).equal(true)
    expect(outcome.norms.linf).at.most(epsilon * (1 + 1e-5))
    // A question for each step, 20 for each estimate; the last step only looks.
    expect((outcome.queries - 1) % 21).equal(0)
    const again = await nes(net, middling(), { epsilon, steps: 60, samples: 20, seed: 2 })
    expect([...again.data]).deep.equal([...attack.data])
    expect((await rejection(nes(net, middling(), { samples: 5 }))).message).match(
      /even number, not 5/,
    )
  })

  it('by scores estimates the gradient: nearly along w with many samples', async () => {
    const attack = await nes(net, middling(), {
      norm: 'l2',
      epsilon: 0.2 * nearest,
      step: 0.2 * nearest,
      steps: 1,
      samples: 4000,
      seed: 1,
    })
    const change = attack.data.map((value, p) => value - middling().data[p]!)
    const cosines = [0, 1, 2]
      .filter((k) => k !== label)
      .map((k) => {
        const w = slope(net, k, label)
        return (
          change.reduce((sum, value, p) => sum + value * w[p]!, 0) /
          euclidean(change) /
          euclidean(w)
        )
      })
    // The loss mixes both ways out, but rises along each.
    expect(Math.max(...cosines)).above(0.9)
  })

  it('by decisions (boundary attack) comes nearer and nearer, and stays outside', async () => {
    const walk = async (steps: number) =>
      (await boundary(net, middling(), { steps, adaptEvery: 1, seed: 3 })).outcomes[0]!
    const [short, long] = [await walk(50), await walk(1500)]
    expect(short.fooledUnrounded && long.fooledUnrounded).equal(true)
    expect(long.norms.l2).below(0.8 * short.norms.l2)
    expect(long.norms.l2).within(nearest, 3 * nearest)
    expect(await walk(50)).deep.equal(short)
  })

  it('by decisions begins at a picture where one is given, and refuses one of the wrong class', async () => {
    const start = asImage({ data: new Float32Array(90).fill(1), shape: [1, 3, 6, 5] })
    const top = topClass((await net.scoresOf(net.preprocess(start))).data)
    const white = { data: start.data, shape: [1, 3, 6, 5] }
    const other = (top + 1) % 3
    const refused = await rejection(
      boundary(net, top === label ? middling() : white, {
        start,
        target: undefined,
        steps: 5,
        label: top,
      }),
    )
    expect(refused.message).match(/picture to begin at is not taken for another class/)
    const message = (
      await rejection(
        boundary(net, middling(), {
          start,
          target: other === label ? (other + 1) % 3 : other,
          steps: 5,
        }),
      )
    ).message
    expect(message).match(/not taken for the target|already takes/)
  })

  it('by pixels changes no more than it may, and gets better with more of them', async () => {
    const options = { population: 40, generations: 12, seed: 1 }
    const one = (await onePixel(net, middling(), options)).outcomes[0]!
    const five = (await onePixel(net, middling(), { ...options, pixels: 5 })).outcomes[0]!
    expect(one.norms.l0).equal(1)
    expect(five.norms.l0).within(2, 5)
    const trueClass = (outcome: typeof one): number =>
      outcome.after.index === label ? outcome.after.probability : 0
    expect(trueClass(five)).at.most(trueClass(one))
    expect(one.queries).at.most(40 * 13)
    const again = (await onePixel(net, middling(), options)).outcomes[0]!
    expect(again).deep.equal(one)
    expect((await rejection(onePixel(net, middling(), { pixels: 31 }))).message).match(
      /image of 5×6 does not have 31 pixels/,
    )
    expect((await rejection(onePixel(net, middling(), { population: 3 }))).message).match(
      /population is a whole number, 4 or more/,
    )
  })
})
