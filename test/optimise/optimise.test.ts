import { expect } from 'chai'
import type { Network } from '../../src/network/network.js'
import { l2 } from '../../src/objectives/image-priors.js'
import { classScore } from '../../src/objectives/scores.js'
import { blur } from '../../src/image/transforms/blur.js'
import { jitter } from '../../src/image/transforms/jitter.js'
import { pad } from '../../src/image/transforms/pad.js'
import { scale } from '../../src/image/transforms/scale.js'
import {
  adam,
  ascent,
  byProgress,
  cosine,
  decay,
  clipSmallNorm,
  centreBias,
  fourier,
  lbfgs,
  optimise,
  pixels,
  staged,
} from '../../src/optimise/index.js'
import { onEveryEngine } from '../engines.js'
import { relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

const free = pixels({ range: 'free' })

onEveryEngine('optimise', (engine) => {
  let net: Network
  const start = randomTensor([2, 3, 8, 8])
  before(async () => {
    net = await toyNetwork(
      [3, 8, 8],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', maps)), 3)
      },
      { engine, classes: ['cat', 'dog', 'cow'] },
    )
  })
  after(() => net.release())
  const of = classScore([0, 2])
  const slope = (x: { data: Float32Array; shape: number[] }) => net.gradient(x, { of })

  /** What two steps of an optimiser make of the start, by the formula. */
  const steps: [string, Parameters<typeof optimise>[1]['optimiser'], Formula][] = [
    ['plain ascent', ascent({ rate: 0.1 }), (g) => g.map((value) => 0.1 * value)],
    [
      'ascent normalised by each image’s norm',
      ascent({ rate: 0.5, normalise: 'l2' }),
      (g) => byImage(g, (own) => 0.5 / Math.hypot(...own)),
    ],
    [
      'ascent normalised by the mean magnitude',
      ascent({ rate: 0.1, normalise: 'mean' }),
      (g) => byImage(g, (own) => 0.1 / (own.reduce((sum, v) => sum + Math.abs(v), 0) / own.length)),
    ],
    [
      'ascent by the progress that it makes',
      byProgress({ progress: 0.01 }),
      (g) => byImage(g, (own) => 0.01 / own.reduce((sum, v) => sum + v * v, 0)),
    ],
  ]
  type Formula = (g: Float32Array) => Float32Array
  const byImage = (g: Float32Array, factor: (own: Float32Array) => number): Float32Array => {
    const half = g.length / 2
    const factors = [factor(g.subarray(0, half)), factor(g.subarray(half))]
    return g.map((value, i) => value * factors[i < half ? 0 : 1]!)
  }
  for (const [name, optimiser, change] of steps)
    it(`${name} is what its formula says`, async () => {
      const made = await optimise(net, { of, start, steps: 2, image: free, optimiser })
      let x = { data: start.data, shape: start.shape }
      for (let i = 0; i < 2; i++) {
        const by = change((await slope(x)).data)
        x = { data: x.data.map((value, k) => value + by[k]!), shape: x.shape }
      }
      expect(relativeError(made, x)).below(1e-5)
      expect(relativeError(made, start)).above(1e-4)
    })

  it('momentum, decay, a schedule, and descent', async () => {
    const made = await optimise(net, {
      of,
      direction: 'descend',
      start,
      steps: 3,
      image: free,
      optimiser: ascent({
        rate: staged([
          [0, 0.1],
          [2, 0.05],
        ]),
        momentum: 0.9,
      }),
      regularisers: [decay(0.02)],
    })
    let x = { data: start.data, shape: start.shape }
    let velocity = new Float32Array(x.data.length)
    for (let i = 0; i < 3; i++) {
      const g = (await slope(x)).data
      velocity = velocity.map((v, k) => 0.9 * v - (i < 2 ? 0.1 : 0.05) * g[k]!)
      x = { data: x.data.map((value, k) => 0.98 * (value + velocity[k]!)), shape: x.shape }
    }
    expect(relativeError(made, x)).below(1e-5)
  })

  it('images of a batch do not act on each other', async () => {
    const options = {
      steps: 3,
      image: free,
      optimiser: ascent({ rate: 1, normalise: 'l2' as const }),
    }
    const both = await optimise(net, { of, start, ...options })
    const alone = await optimise(net, {
      of: classScore('cow'),
      start: { data: start.data.slice(192), shape: [1, 3, 8, 8] },
      ...options,
    })
    const second = { data: both.data.slice(192), shape: [1, 3, 8, 8] }
    expect(relativeError(second, alone)).below(1e-5)
    expect(both.history).length(2)
    expect(both.values[1]).closeTo(alone.values[0]!, 1e-4)
  })

  it('the same seed gives the same images, another one others', async () => {
    const make = (seed: number) =>
      optimise(net, {
        of: classScore('dog'),
        steps: 4,
        image: fourier(),
        transforms: [pad(2), jitter(2), scale(0.9, 1.1), blur(0.5)],
        optimiser: adam({ rate: cosine(0.1) }),
        seed,
      })
    const [one, same, other] = [await make(1), await make(1), await make(2)]
    expect(one.data).deep.equal(same.data)
    expect(relativeError(other, one)).above(0.01)
    expect(one.shape).deep.equal([1, 3, 8, 8])
  })

  it('L-BFGS descends', async () => {
    const made = await optimise(net, {
      of: l2(),
      direction: 'descend',
      start,
      steps: 10,
      image: free,
      optimiser: lbfgs(),
    })
    expect(Math.max(...made.data.map(Math.abs))).below(1e-3)
    expect(made.history[0]![0]).closeTo(
      start.data.slice(0, 192).reduce((sum, v) => sum + v * v, 0),
      1e-3,
    )
  })
})

describe('optimise', () => {
  let net: Network
  before(async () => {
    net = await toyNetwork([3, 8, 8], (toy, input) => {
      const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
      return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', maps)), 3)
    })
  })
  after(() => net.release())

  it('keeps snapshots, a history, and what it was told', async () => {
    const made = await optimise(net, {
      of: classScore(1),
      steps: 6,
      snapshots: 3,
      transforms: [jitter(1)],
      regularisers: [clipSmallNorm(10), centreBias()],
      seed: 5,
    })
    expect(made.snapshots.map(({ step }) => step)).deep.equal([0, 2, 4])
    expect(made.history[0]).length(6)
    expect(made.steps).equal(6)
    expect(made.provenance.parameters).deep.include({
      of: 'classScore(1)',
      steps: 6,
      seed: 5,
      start: "'mean'",
      transforms: ['jitter(1)'],
      regularisers: ['clipSmallNorm(10)', 'centreBias({ from: 0.3, to: 2, over: 0.8 })'],
    })
    expect(made.png().subarray(1, 4).toString()).equal('PNG')
  })

  it('ends at an interrupt with what it has', async () => {
    const stop = new AbortController()
    let steps = 0
    const stopping = {
      key: 'stopping',
      code: 'stopping()',
      apply: () => ++steps === 20 && stop.abort(),
    }
    const made = await optimise(net, {
      of: classScore(1),
      steps: 1e6,
      regularisers: [stopping],
      signal: stop.signal,
    })
    expect(made.interrupted).equal(true)
    expect(made.steps).within(20, 21)
    expect(made.history[0]!.length).within(made.steps, made.steps + 1)
    expect(made.history[0]!.at(-1)).above(made.history[0]![0]!)
  })

  it('says what does not go together', async () => {
    const error = async (options: Partial<Parameters<typeof optimise>[1]>) => {
      const found = await rejection(optimise(net, { of: classScore(1), steps: 2, ...options }))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    expect(await error({ image: fourier(), regularisers: [decay(0.1)] })).contains(
      'decay(0.1) acts on pixels, but the image is fourier(',
    )
    expect(await error({ optimiser: lbfgs(), transforms: [jitter(2)] })).contains(
      'no random transform',
    )
    expect(await error({ steps: -1 })).contains('steps is a whole number, 0 or more, not -1')
    expect(await error({ start: randomTensor([1, 3, 4, 4]) })).contains('the start is [1, 3, 4, 4]')
    expect(await error({ of: classScore('dig') })).contains("no class 'dig'")
    expect(await error({ optimiser: ascent({ rate: 1e38 }), image: free, steps: 5 })).contains(
      'try a lower rate than ascent({ rate: 1e+38',
    )
    expect(await error({ regularisers: [centreBias(), centreBias()] })).contains(
      'only one regulariser',
    )
  })
})
