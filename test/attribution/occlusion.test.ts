import { expect } from 'chai'
import { type ClassName, scenes, splits } from '../../datasets/scenes/index.js'
import { occlusion, type OcclusionOptions } from '../../src/attribution/occlusion.js'
import { predict } from '../../src/attribution/predict.js'
import type { Tensor } from '../../src/engine/tensor.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { classProbability, classScore } from '../../src/objectives/scores.js'
import { channel } from '../../src/objectives/units.js'
import { chooseSignal } from '../../src/work/signal.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

interface Settings {
  window: [channels: number, height: number, width: number]
  stride: [channels: number, down: number, right: number]
}

/** For every pixel: the mean, over the windows that cover it, of what `ask` says of the covered image. */
async function twin(
  x: Tensor,
  [[h, w], [down, right]]: [window: [number, number], stride: [number, number]],
  fill: (i: number) => number,
  ask: (x: Tensor) => Promise<number>,
): Promise<Tensor> {
  const [, , height, width] = x.shape as [number, number, number, number]
  const sums = new Float64Array(height * width)
  const counts = new Float64Array(height * width)
  // The first window that reaches the edge is the last one.
  for (let top = 0, below = true; below; top += down) {
    below = top + h < height
    for (let left = 0, beside = true; beside; left += right) {
      beside = left + w < width
      const inside = (i: number): boolean => {
        const [row, column] = [Math.floor(i / width) % height, i % width]
        return row >= top && row < top + h && column >= left && column < left + w
      }
      const data = x.data.map((value, i) => (inside(i) ? fill(i) : value))
      const value = await ask({ data, shape: x.shape })
      for (let i = 0; i < height * width; i++)
        if (inside(i)) {
          sums[i]! += value
          counts[i]! += 1
        }
    }
  }
  expect(Math.min(...counts)).above(0)
  return {
    data: Float32Array.from(sums, (total, i) => total / counts[i]!),
    shape: [1, height, width],
  }
}

for (const name of referenceNetworks)
  onEveryEngine(`occlusion of the network '${name}'`, (engine) => {
    let torch: Reference
    let settings: Settings
    before(async () => {
      torch = await reference(name, engine)
      settings = (torch.settings as unknown as { occlusion: Settings }).occlusion
    })
    after(() => torch.net.release())

    it("equals Captum's, which is the same for every channel", async () => {
      const expected = torch.tensor('occlusion')
      const [, channels, height, width] = expected.shape as [number, number, number, number]
      const plane = height * width
      const [window, stride] = [settings.window, settings.stride].map(
        ([, vertical, horizontal]) => [vertical, horizontal] as const,
      )
      for (const batch of [1, 10]) {
        const map = await occlusion(torch.net, torch.tensor('input'), {
          target: torch.settings.target,
          window,
          stride,
          batch,
        })
        expect(map.shape).deep.equal([1, height, width])
        for (let c = 0; c < channels; c++) {
          const data = expected.data.slice(c * plane, (c + 1) * plane)
          expect(relativeError(map, { data, shape: map.shape }), `batch ${batch}`).below(1e-4)
        }
      }
    })

    it('equals plain loops where windows are oblong and the last ones cut off', async () => {
      const { net, settings } = torch
      const x = torch.tensor('input')
      const c = settings.target
      const fill = torch.tensor('input2')
      const score = async (covered: Tensor): Promise<number> =>
        (await net.scoresOf(covered)).data[c]!
      const whole = await score(x)
      const options = { target: c, window: [11, 7], stride: [6, 5], baseline: fill } as const
      const drop = await twin(
        x,
        [
          [11, 7],
          [6, 5],
        ],
        (i) => fill.data[i]!,
        async (covered) => whole - (await score(covered)),
      )
      const map = await occlusion(net, x, options)
      expect(relativeError(map, drop)).below(1e-4)
      expect(map.scores[0]).closeTo(whole, 1e-4)

      const left = await twin(
        x,
        [
          [11, 7],
          [6, 5],
        ],
        (i) => fill.data[i]!,
        score,
      )
      const remaining = await occlusion(net, x, { ...options, measure: 'remaining' })
      expect(relativeError(remaining, left)).below(1e-4)
    })
  })

onEveryEngine('occlusion', (engine) => {
  let net: Network
  const pixels = randomTensor([2, 3, 9, 8])
  const one = { data: pixels.data.slice(0, 216), shape: [1, 3, 9, 8] }
  before(async () => {
    net = await toyNetwork(
      [3, 9, 8],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine },
    )
  })
  after(() => net.release())

  it('of a linear model by single pixels is Σ w (x − b) over their channels', async () => {
    const linear = await toyNetwork(
      [3, 9, 8],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      { engine },
    )
    const w = weightOf(linear, 'fc.weight').subarray(216)
    const map = await occlusion(linear, one, { target: 1, window: 1, stride: 1, baseline: 0.5 })
    const expected = Array.from({ length: 72 }, (_, i) =>
      [0, 72, 144].reduce((sum, c) => sum + w[c + i]! * (one.data[c + i]! - 0.5), 0),
    )
    map.data.forEach((value, i) => expect(value).closeTo(expected[i]!, 1e-5))
    expect(map.windows.shape).deep.equal([1, 9, 8])
    expect([...map.windows.data]).deep.equal([...map.data])
    await linear.release()
  })

  it('has one number for each place of the window', async () => {
    const map = await occlusion(net, one, {
      target: 0,
      window: 9,
      stride: 4,
      measure: 'remaining',
    }).catch((error: Error) => error.message)
    expect(map).equal('a window of 9×9 does not fit into 9×8 pixels')
    const { windows } = await occlusion(net, one, { target: 0, window: [4, 8], stride: [3, 2] })
    expect(windows.shape).deep.equal([1, 3, 1])
    const shape = async (options: OcclusionOptions): Promise<number[]> =>
      (await occlusion(net, one, { target: 0, ...options })).windows.shape
    expect(await shape({ window: 3, stride: 2 })).deep.equal([1, 4, 4]) // the last column is cut off
    expect(await shape({ window: 3, stride: 3 })).deep.equal([1, 3, 3])
    expect(await shape({})).deep.equal([1, 9, 8])
  })

  it('by default slides a seventh of each side by half of that', async () => {
    const wide = randomTensor([1, 3, 56, 28])
    const toy = await toyNetwork(
      [3, 56, 28],
      (layers, input) => layers.linear('fc', layers.flatten('flatten', input), 2),
      { engine },
    )
    const { provenance, windows } = await occlusion(toy, wide, { target: 1 })
    expect(provenance.parameters).deep.equal({
      target: 1,
      window: [8, 4],
      stride: [4, 2],
      baseline: 0,
      measure: 'drop',
      probability: false,
      classes: false,
    })
    expect(windows.shape).deep.equal([1, 13, 13])
    expect(windows.provenance).equal(provenance)
    await toy.release()
  })

  it('takes the probability, as the paper does', async () => {
    const options = { window: 3, stride: 2, measure: 'remaining' } as const
    const map = await occlusion(net, one, { target: 2, probability: true, ...options })
    const objective = await occlusion(net, one, { of: classProbability(2), ...options })
    expect([...map.data]).deep.equal([...objective.data])
    expect([...map.data].every((value) => value >= 0 && value <= 1)).true
    const { data } = await predict(net, one)
    expect(map.scores[0]).closeTo(data[2]!, 1e-5)
    expect(map.figure.title).equal('Occlusion: probability of class 2')
  })

  it('takes any objective: how a feature map answers', async () => {
    const of = channel('relu', 3)
    const map = await occlusion(net, one, { of, window: 4, stride: 2, measure: 'remaining' })
    const expected = await twin(
      one,
      [
        [4, 4],
        [2, 2],
      ],
      () => 0,
      async (x) => {
        const { relu } = await net.run(x, { layers: ['relu'] })
        return relu!.data.subarray(3 * 42, 4 * 42).reduce((sum, value) => sum + value, 0) / 42
      },
    )
    expect(relativeError(map, expected)).below(1e-5)
  })

  it('records the most probable class for each place', async () => {
    for (const batch of [1, 7]) {
      const map = await occlusion(net, pixels, {
        target: 0,
        window: 4,
        stride: 3,
        classes: true,
        batch,
      })
      expect(map.classes.shape).deep.equal(map.windows.shape).deep.equal([2, 3, 3])
      const found = new Set(map.classes.data)
      for (const [i, top, left] of [
        [0, 0, 0],
        [0, 3, 6],
        [1, 6, 3],
      ] as const) {
        const data = pixels.data.slice(i * 216, (i + 1) * 216)
        for (let at = 0; at < 216; at++) {
          const [row, column] = [Math.floor(at / 8) % 9, at % 8]
          if (row >= top && row < top + 4 && column >= left && column < left + 4) data[at] = 0
        }
        const scores = await net.scoresOf({ data, shape: [1, 3, 9, 8] })
        const place = i * 9 + (top / 3) * 3 + left / 3
        expect(map.classes.data[place]).equal(scores.data.indexOf(Math.max(...scores.data)))
      }
      expect(found.size).above(0)
      expect(map.classes.figure.toString()).contains('map of 3×3 categories: class ')
    }
    const without = await occlusion(net, one, { target: 0 })
    expect(() => without.classes).throw('is recorded by { classes: true }')
  })

  it('gives each image of a batch what it has alone, with its own class', async () => {
    const options = { window: 4, stride: 2, batch: 5, baseline: 'mean' } as const
    const both = await occlusion(net, pixels, { target: [2, 0], ...options })
    expect(both.shape).deep.equal([2, 9, 8])
    for (const [i, target] of [2, 0].entries()) {
      const alone = { data: pixels.data.slice(i * 216, (i + 1) * 216), shape: [1, 3, 9, 8] }
      const map = await occlusion(net, alone, { target, ...options, batch: 1 })
      const part = { data: both.data.slice(i * 72, (i + 1) * 72), shape: map.shape }
      expect(relativeError(part, map)).below(1e-5)
      expect(both.scores[i]).closeTo(map.scores[0]!, 1e-5)
    }
    expect(both.figure.toString()).contains('Occlusion: class 2').contains('Occlusion: class 0')
  })

  it('names what covers and what remains at the strongest place', async () => {
    const drop = await occlusion(net, one, { target: 1, window: 4, stride: 2, baseline: 'black' })
    const remaining = await occlusion(net, one, {
      target: 1,
      window: 4,
      stride: 2,
      baseline: 'black',
      measure: 'remaining',
    })
    expect(drop.figure.caption).contains('Window of 4×4 pixels, covered by black: at the strongest')
    expect(remaining.figure.caption.split('\n')[0]).equal(drop.figure.caption.split('\n')[0])
    expect(drop.windows.figure.title).equal('4×3 windows')
    expect(drop.panels.toString().split('\n')).length(3)
  })

  it('refuses what there cannot be', async () => {
    const error = async (
      options: object,
      kind: typeof TypeError | typeof RangeError = RangeError,
    ) => {
      const found = await rejection(occlusion(net, one, { target: 1, ...options }))
      expect(found).instanceOf(kind)
      return found.message
    }
    expect(await error({ window: 0 })).contains('whole, positive numbers of pixels, not 0×0 and')
    expect(await error({ window: 2.5 })).contains('not 2.5×2.5')
    expect(await error({ window: [10, 3] })).equal('a window of 10×3 does not fit into 9×8 pixels')
    expect(await error({ window: 3, stride: 4 })).equal(
      'a stride of 4×4 would leave pixels out between windows of 3×3',
    )
    expect(await error({ measure: 'loss' })).contains("'drop' or 'remaining', not 'loss'")
    expect(await error({ baseline: 'gray' })).contains("no baseline 'gray'")
    expect(await error({ batch: 1.5 })).contains('not 1.5')
    const twofold = { target: undefined, of: classScore(1), probability: true }
    expect(await error(twofold, TypeError)).contains('probability is that of a class')
  })

  it('can be interrupted', async () => {
    chooseSignal(AbortSignal.abort())
    try {
      const error = await rejection(occlusion(net, one, { target: 1, window: 3, stride: 3 }))
      expect(error.name).equal('AbortError')
      expect(error.message).equal('Occlusion was interrupted after 0 of 10 windows')
    } finally {
      chooseSignal(undefined)
    }
  })
})

describe('occlusion of scenes whose objects are known', () => {
  it('costs more score on the object than beside it, and most of all on it (Zeiler & Fergus 2014)', async () => {
    const net = await zooNetwork('scenes')
    let [count, denser, hits, on, beside, area] = [0, 0, 0, 0, 0, 0]
    const classes = net.classes as ClassName[]
    for (const { image, mask, className } of scenes({ ...splits.test, classes, length: 48 })) {
      if ((await predict(net, image)).top(1)[0]!.name !== className) continue
      const { data } = await occlusion(net, image, { target: className })
      const mean = (inside: 0 | 1): number => {
        const values = data.filter((_, i) => mask[i] === inside)
        return values.reduce((sum, value) => sum + value, 0) / values.length
      }
      count++
      on += mean(1)
      beside += mean(0)
      if (mean(1) > mean(0)) denser++
      if (mask[data.indexOf(Math.max(...data))]) hits++
      area += mask.reduce((sum, value) => sum + value, 0) / mask.length
    }
    // Of 39 scenes: 32 lose more on the object, 32 most of all there, though it takes a quarter of them.
    expect(count).above(35)
    expect(denser / count).above(0.75)
    expect(hits / count).above(0.75)
    expect(area / count).below(0.35)
    expect(on).above(2.5 * beside)
    await net.release()
  }).timeout(60_000)
})
