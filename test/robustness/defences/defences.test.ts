import { expect } from 'chai'
import { scenes, splits } from '../../../datasets/scenes/index.js'
import { onnx } from '../../../src/engine/onnx.js'
import { Image } from '../../../src/image/image.js'
import { mixSeeds, Random } from '../../../src/image/random.js'
import type { Network } from '../../../src/network/network.js'
import { zooNetwork } from '../../../src/network/zoo/index.js'
import { classScore } from '../../../src/objectives/scores.js'
import { pixelModel } from '../../../src/robustness/attacks/pixel-model.js'
import { softmax } from '../../../src/attribution/softmax.js'
import { bitDepth } from '../../../src/robustness/defences/bit-depth.js'
import { compareDefences } from '../../../src/robustness/defences/compare.js'
import { defended, type Defence } from '../../../src/robustness/defences/defence.js'
import { jpeg } from '../../../src/robustness/defences/jpeg.js'
import { medianFilter } from '../../../src/robustness/defences/median.js'
import { noiseAveraging } from '../../../src/robustness/defences/noise.js'
import { rejection } from '../../rejection.js'
import { linearNetwork, middling } from '../attacks/problems.js'

const random = (): Random => new Random(1)
const gradient = new Image(
  16,
  16,
  Float32Array.from({ length: 3 * 256 }, (_, i) => (i % 256) / 255),
)

describe('defences', () => {
  it('round colours to fewer levels', async () => {
    const { data } = await bitDepth(2).apply(gradient, random())
    expect(new Set(Array.from(data, (v) => Math.round(3 * v)))).deep.equal(new Set([0, 1, 2, 3]))
    expect(Math.max(...data.map((v, p) => Math.abs(v - gradient.data[p]!)))).at.most(1 / 6 + 1e-6)
    expect([...(await bitDepth(8).apply(gradient, random())).data]).deep.equal([...gradient.data])
    expect(() => bitDepth(9)).throw(/1 to 8, not 9/)
  })

  it('save as JPEG and read again: the worse the quality, the farther', async () => {
    const distance = async (quality: number): Promise<number> => {
      const { data } = await jpeg(quality).apply(gradient, random())
      return data.reduce((sum, v, p) => sum + (v - gradient.data[p]!) ** 2, 0)
    }
    const [low, high] = [await distance(10), await distance(95)]
    expect(low).above(2 * high)
    expect(high).above(0)
    expect(() => jpeg(0)).throw(/1 to 100, not 0/)
  })

  it('take medians, as sorting each neighbourhood does; a single odd pixel vanishes', async () => {
    const noisy = new Image(
      7,
      5,
      new Float32Array(105).map((_, i) => ((i * 37) % 101) / 101),
    )
    const { data } = await medianFilter(3).apply(noisy, random())
    const at = (c: number, y: number, x: number): number => noisy.data[c * 35 + y * 7 + x]!
    for (const [c, y, x] of [
      [0, 2, 3],
      [1, 1, 5],
      [2, 3, 1],
    ] as const) {
      const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => at(c, y + dy, x + dx)))
      expect(data[c * 35 + y * 7 + x]).equal(around.sort((a, b) => a - b)[4])
    }
    // In the corner the picture is mirrored: its own pixel counts four times, its neighbours twice.
    const [a, b, c, d] = [at(0, 0, 0), at(0, 0, 1), at(0, 1, 0), at(0, 1, 1)]
    const corner = [a, a, a, a, b, b, c, c, d].sort((p, q) => p - q)[4]
    expect(data[0]).equal(corner)
    const dot = new Image(5, 5)
    dot.data[12] = 1
    expect(Math.max(...(await medianFilter(3).apply(dot, random())).data)).equal(0)
    expect(() => medianFilter(4)).throw(/odd number, 3 or more, not 4/)
  })

  it('add noise of the deviation that is asked for, other noise for another seed', async () => {
    const grey = new Image(40, 40, new Float32Array(4800).fill(0.5))
    const { data } = await noiseAveraging(0.05, 4).apply(grey, random())
    const deviation = Math.sqrt(data.reduce((sum, v) => sum + (v - 0.5) ** 2, 0) / data.length)
    expect(deviation).closeTo(0.05, 0.003)
    expect(() => noiseAveraging(0)).throw(/deviation of the noise is a finite number above 0/)
    expect(() => noiseAveraging(0.1, 0)).throw(/samples is a whole number, 1 or more/)
  })
})

describe('a defended network', () => {
  let net: Network
  before(async () => {
    net = await linearNetwork(onnx)
  })
  after(() => net.release())
  const x = middling()

  it('averages the probabilities of its copies', async () => {
    const defence = noiseAveraging(0.05, 3)
    const scores = (await defended(net, defence, 7).scores(x)).data
    const expected = new Float64Array(3)
    for (let sample = 0; sample < 3; sample++) {
      const image = new Image(5, 6, x.data)
      const copy = await defence.apply(image, new Random(mixSeeds(7, 0, sample, 0)))
      softmax((await net.scoresOf(net.preprocess(copy))).data).forEach(
        (p, k) => (expected[k]! += p / 3),
      )
    }
    softmax(scores).forEach((p, k) => expect(p).closeTo(expected[k]!, 1e-5))
  })

  it('has the gradient of the network at the changed picture (BPDA), the mean over copies (EOT)', async () => {
    let calls = 0
    const shades: Defence = {
      name: 'darker, then lighter',
      samples: 2,
      apply: ({ width, height, data }) => {
        const factor = calls++ % 2 ? 1.1 : 0.9
        return new Image(
          width,
          height,
          data.map((v) => v * factor),
        )
      },
    }
    const { gradient, value } = await defended(net, shades, 0).gradient(x, () => classScore(1))
    const model = pixelModel(net)
    const at = (factor: number) =>
      model.gradient({ ...x, data: x.data.map((v) => v * factor) }, () => classScore(1))
    const [dark, light] = [await at(0.9), await at(1.1)]
    expect(value[0]).closeTo((dark.value[0]! + light.value[0]!) / 2, 1e-4)
    gradient.forEach((g, p) =>
      expect(g).closeTo((dark.gradient[p]! + light.gradient[p]!) / 2, 1e-4),
    )
  })
})

describe('defences compared', () => {
  it('hold against who does not know them, and fall to who does', async () => {
    const net = await zooNetwork('scenes')
    const data = scenes({ ...splits.test, length: 16 })
    const found = await compareDefences(net, data, {
      defences: [bitDepth(3)],
      epsilon: 4 / 255,
      steps: 8,
      step: 1 / 255,
    })
    const [plain, squeezed] = found.reports as [
      (typeof found.reports)[0],
      (typeof found.reports)[0],
    ]
    expect(plain.clean).at.least(0.7)
    expect(plain.unaware).equal(plain.adaptive)
    expect(plain.adaptive).at.most(0.4)
    expect(squeezed.clean).at.least(0.7)
    expect(squeezed.unaware).above(squeezed.adaptive)
    expect(found.of('3 bits')).equal(squeezed)
    expect(() => found.of('2 bits')).throw(/no defence '2 bits'; the nearest are '3 bits'/)
    expect(found.figure.toString()).match(/adaptive/)
    const empty = scenes({ length: 0 })
    expect((await rejection(compareDefences(net, empty))).message).match(/data set is empty/)
    await net.release()
  })
})
