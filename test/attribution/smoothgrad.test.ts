import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { reduceChannels } from '../../src/attribution/channels.js'
import { smoothGrad, type SmoothGradOptions } from '../../src/attribution/smoothgrad.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { loadImage } from '../../src/image/load.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { classScore } from '../../src/objectives/scores.js'
import { chooseSignal } from '../../src/work/signal.js'
import { onEveryEngine } from '../engines.js'
import { fixture, reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

/** The gradients of noisy copies, one by one. */
async function noisy(net: Network, x: Tensor, target: number, options: SmoothGradOptions) {
  const { samples = 1, noise = 0, seed = 0, rule } = options
  const sigma = noise * (Math.max(...x.data) - Math.min(...x.data))
  const found: Float32Array[] = []
  for (let k = 0; k < samples; k++) {
    const random = new Random(mixSeeds(seed, 0, k))
    const data = x.data.map((value) => value + random.normal(0, sigma))
    found.push(
      (await net.gradient({ data, shape: x.shape }, { of: classScore(target), rule })).data,
    )
  }
  return (of: (values: number[]) => number): Tensor => ({
    data: Float32Array.from(x.data, (_, i) => of(found.map((one) => one[i]!))),
    shape: x.shape,
  })
}
const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length
const variance = (values: number[]): number =>
  mean(values.map((value) => (value - mean(values)) ** 2))

for (const name of referenceNetworks)
  onEveryEngine(`SmoothGrad of the network '${name}'`, (engine) => {
    it("without noise equals PyTorch's gradient, and VarGrad is nothing", async () => {
      const torch = await reference(name, engine)
      const options = { target: torch.settings.target, samples: 2, noise: 0 }
      const x = torch.tensor('input')
      const map = await smoothGrad(torch.net, x, options)
      expect(relativeError(map, torch.tensor('gradient'))).below(1e-4)
      const squares = await smoothGrad(torch.net, x, { ...options, statistic: 'squares' })
      const squared = { ...map, data: torch.tensor('gradient').data.map((g) => g * g) }
      expect(relativeError(squares, squared)).below(1e-4)
      const none = await smoothGrad(torch.net, x, { ...options, statistic: 'variance' })
      expect(Math.max(...none.data)).below(1e-9 * Math.max(1, ...squared.data))
      await torch.net.release()
    })

    it('equals plain loops over noisy copies, whatever is taken of them', async () => {
      const torch = await reference(name, engine)
      const x = torch.tensor('input')
      const { target } = torch.settings
      const options = { samples: 5, noise: 0.2, seed: 3 } as const
      const of = await noisy(torch.net, x, target, options)
      const cases = {
        mean,
        squares: (values: number[]) => mean(values.map((value) => value * value)),
        variance,
      }
      for (const [statistic, formula] of Object.entries(cases))
        for (const batch of [1, 3]) {
          const map = await smoothGrad(torch.net, x, {
            target,
            ...options,
            statistic: statistic as keyof typeof cases,
            batch,
          })
          expect(relativeError(map, of(formula)), `${statistic}, batch ${batch}`).below(1e-4)
        }
      await torch.net.release()
    })
  })

onEveryEngine('SmoothGrad', (engine) => {
  const pixels = randomTensor([2, 3, 6, 5])
  const one = { data: pixels.data.slice(0, 90), shape: [1, 3, 6, 5] }
  let net: Network
  before(async () => {
    net = await toyNetwork(
      [3, 6, 5],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine },
    )
  })
  after(() => net.release())

  it('of a linear model is w, and VarGrad 0, however much noise', async () => {
    const linear = await toyNetwork(
      [3, 6, 5],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      { engine },
    )
    const w = { data: weightOf(linear, 'fc.weight').slice(90), shape: [1, 3, 6, 5] }
    const options = { target: 1, samples: 4, noise: 3 }
    expect(relativeError(await smoothGrad(linear, one, options), w)).below(1e-6)
    const spread = await smoothGrad(linear, one, { ...options, statistic: 'variance' })
    expect(Math.max(...spread.data)).below(1e-12)
    await linear.release()
  })

  it('is the same for the same seed, and another for another', async () => {
    const run = async (seed?: number) =>
      (await smoothGrad(net, one, { target: 1, samples: 3, noise: 1, seed })).data
    expect([...(await run(7))]).deep.equal([...(await run(7))])
    expect([...(await run(7))]).not.deep.equal([...(await run(8))])
    expect([...(await run())]).deep.equal([...(await run(0))])
  })

  it('gives the first image of a batch what it has alone; each has its own class and noise', async () => {
    const options = { samples: 3, noise: 0.5 }
    const both = await smoothGrad(net, pixels, { target: [2, 0], ...options })
    const alone = await smoothGrad(net, one, { target: 2, ...options })
    const first = { ...alone, data: both.data.slice(0, 90) }
    expect(relativeError(first, alone)).below(1e-5)
    expect(both.figure.toString()).contains('SmoothGrad: class 2').contains('SmoothGrad: class 0')
  })

  it('takes the rules of the rectifiers', async () => {
    const options = { samples: 3, noise: 0.5, rule: 'guided' } as const
    const map = await smoothGrad(net, one, { target: 1, ...options })
    expect(relativeError(map, (await noisy(net, one, 1, options))(mean))).below(1e-5)
  })

  it('records what it was told', async () => {
    const map = await smoothGrad(net, one, { target: 1, samples: 2, seed: 5 })
    expect(map.provenance.parameters).deep.equal({
      target: 1,
      samples: 2,
      noise: 0.1,
      statistic: 'mean',
      rule: 'plain',
      channels: 'max',
      seed: 5,
    })
    expect(map.figure.caption).contains("2 noisy copies, σ 10 % of the image's range")
  })

  it('refuses what there cannot be', async () => {
    const message = async (options: object) => {
      const error = await rejection(smoothGrad(net, one, { target: 1, ...options }))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message({ samples: 0 })).contains('1 noisy copy or more, a whole number, not 0')
    expect(await message({ noise: -1 })).contains('0 or more, not -1')
    expect(await message({ statistic: 'median' })).contains(
      "'mean', 'squares', 'variance' is taken",
    )
    expect(await message({ channels: 'mean' })).contains("'max', 'sum', 'signed', not by 'mean'")
    expect(await message({ rule: 'guide' })).contains("'guided'")
    expect(await message({ batch: 0 })).contains('a batch holds 1 variant or more')
  })

  it('can be interrupted', async () => {
    chooseSignal(AbortSignal.abort())
    try {
      const error = await rejection(smoothGrad(net, one, { target: 1 }))
      expect(error.message).equal('SmoothGrad was interrupted after 0 of 50 samples')
    } finally {
      chooseSignal(undefined)
    }
  })
})

describe('SmoothGrad of a photograph', () => {
  /** Mean difference of neighbours by mean magnitude: how much a map flickers from pixel to pixel. */
  function roughness({ data, shape }: Tensor): number {
    const [, , height, width] = shape as [number, number, number, number]
    let [difference, magnitude] = [0, 0]
    for (let i = 0; i < data.length; i++) {
      magnitude += Math.abs(data[i]!)
      if (i % width > 0) difference += Math.abs(data[i]! - data[i - 1]!)
      if (Math.floor(i / width) % height > 0) difference += Math.abs(data[i]! - data[i - width]!)
    }
    return difference / magnitude
  }

  /** The share of the largest magnitudes on the dog's head and chest, by its share of the area. */
  function densityOnDog(signal: Tensor): number {
    const { data } = reduceChannels(signal, 'max')
    let [inside, all, area] = [0, 0, 0]
    data.forEach((value, i) => {
      const [y, x] = [Math.floor(i / 224), i % 224]
      all += value
      if (!(x >= 78 && x < 165 && y >= 10 && y < 118)) return
      inside += value
      area++
    })
    return inside / all / (area / data.length)
  }

  it('is less noisy than the gradient, the more copies the less, and more on the object (Smilkov 2017)', async () => {
    const path = (file: string): string => fileURLToPath(fixture(file))
    const net = await zooNetwork('squeezenet1_1', {
      weights: path('squeezenet1_1/weights.safetensors'),
    })
    const photo = await loadImage(path('dog_cat_224.png'))
    const target = 'bull mastiff'
    const gradient = await net.gradient(photo, { of: classScore(target) })
    const [few, many] = [
      await smoothGrad(net, photo, { target, samples: 4 }),
      await smoothGrad(net, photo, { target, samples: 24 }),
    ]
    // Roughness 2.50, 2.31, 2.24; how much denser than a uniform map on the dog: 2.0, 2.6, 2.7.
    const rough = [gradient, few, many].map(roughness)
    expect(rough[1]).below(0.97 * rough[0]!)
    expect(rough[2]).below(0.99 * rough[1]!)
    expect(densityOnDog(many)).above(1.2 * densityOnDog(gradient))
    await net.release()
  })
})
