import { expect } from 'chai'
import { scenes, splits } from '../../datasets/scenes/index.js'
import {
  type GradientStatistics,
  gradientStatistics,
} from '../../src/attribution/gradient-statistics.js'
import { part } from '../../src/attribution/batch.js'
import { spearman } from '../../src/attribution/trust/similarity.js'
import { softmax } from '../../src/attribution/softmax.js'
import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import { loadNetwork } from '../../src/network/load.js'
import type { Network } from '../../src/network/network.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'
import { toyNetwork, weightOf } from '../toys.js'

const preprocessing = {
  size: [6, 6] as [number, number],
  mean: [0.5, 0.5, 0.5] as [number, number, number],
  std: [0.25, 0.25, 0.25] as [number, number, number],
}

/** Noise with labels. */
function noise(length: number, classes: readonly string[], side = 6) {
  const random = new Random(11)
  const items = Array.from({ length }, (_, i) => ({
    image: new Image(
      side,
      side,
      Float32Array.from({ length: 3 * side * side }, () => random.uniform()),
    ),
    label: i % classes.length,
  }))
  return { length, classes, get: (i: number) => items[i]! }
}

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values))

onEveryEngine('gradient statistics', (engine) => {
  const classes = ['a', 'b', 'c']
  const data = noise(7, classes)

  it('are those that the chain rule gives by hand', async () => {
    const net = await toyNetwork(
      [3, 6, 6],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine, preprocessing, classes },
    )
    const found = await gradientStatistics(net, data)
    expect(found.layers).deep.equal(['conv', 'fc'])
    expect(found.shape).deep.equal([2, 7])
    const fc = weightOf(net, 'fc.weight') // [3, 64]
    const mean = new Float64Array(fc.length)
    for (let i = 0; i < 7; i++) {
      const { image, label } = data.get(i)
      const { conv, relu, fc: scores } = await net.run(image, { layers: ['conv', 'relu', 'fc'] })
      // Cross-entropy and softmax: p − y; then down through the matrix, and the rectifier.
      const probabilities = softmax(scores!.data)
      const delta = Array.from(probabilities, (p, k) => p - (k === label ? 1 : 0))
      const atConv = Array.from({ length: 64 }, (_, j) =>
        conv!.data[j]! > 0 ? delta.reduce((sum, d, k) => sum + d * fc[k * 64 + j]!, 0) : 0,
      )
      expect(part(found, 1)[i]).closeTo(length(delta), 1e-4)
      expect(part(found, 0)[i]).closeTo(length(atConv), 1e-3 * length(atConv) + 1e-5)
      expect(found.losses[i]).closeTo(-Math.log(probabilities[label]!), 1e-3)
      const byMatrix = found.weights.find(({ name }) => name === 'fc.weight')!
      expect(byMatrix.norms[i]).closeTo(
        length(delta) * length(relu!.data),
        1e-3 * length(relu!.data),
      )
      delta.forEach((d, k) => relu!.data.forEach((a, j) => (mean[k * 64 + j]! += (d * a) / 7)))
    }
    const { relative } = found.weights.find(({ name }) => name === 'fc.weight')!
    expect(relative).closeTo(length(mean) / length(fc), 1e-3 * relative)
    await net.release()
  })

  it('show gradients that vanish on the way down, and a layer that is dead', async () => {
    const deep = (scale: number, bias = 0) =>
      toyNetwork(
        [3, 6, 6],
        (toy, input) => {
          let value = input
          for (let i = 1; i <= 4; i++)
            value = toy.relu(`relu${i}`, toy.conv(`conv${i}`, value, 4, 3, { padding: 1 }))
          return toy.linear('fc', toy.flatten('flatten', value), 3)
        },
        {
          engine,
          preprocessing,
          classes,
          weights: (name, shape) => {
            const random = new Random(name.length + Number(name.at(4)) || 3)
            const size = shape.reduce((a, b) => a * b, 1)
            const one = () =>
              name === 'conv3.bias'
                ? bias
                : name.endsWith('bias')
                  ? 0.01
                  : scale * random.uniform(-1, 1)
            return { type: 'float32', shape, data: Float32Array.from({ length: size }, one) }
          },
        },
      )
    const medians = (found: GradientStatistics) =>
      found.layers.map((_, l) => [...part(found, l)].sort((a, b) => a - b)[3]!)
    const small = await deep(0.1)
    const vanishing = medians(await gradientStatistics(small, data))
    for (let l = 1; l < vanishing.length; l++)
      expect(vanishing[l - 1]! / vanishing[l]!, `layer ${l}`).below(0.7)
    const dead = await deep(0.3, -100)
    const found = await gradientStatistics(dead, data)
    expect(found.layers).deep.equal(['conv1', 'conv2', 'conv3', 'conv4', 'fc'])
    expect(medians(found).map((one) => one > 0)).deep.equal([false, false, false, true, true])
    expect(found.toString()).contain('conv3, all are 0')
    await Promise.all([small.release(), dead.release()])
  })
})

describe('gradient statistics of a trained network', () => {
  let net: Network
  before(async () => {
    net = await loadNetwork('scenes')
  })
  after(() => net.release())

  it('are large where the network is wrong, in every layer', async () => {
    const data = scenes({ ...splits.test, length: 24 })
    const found = await gradientStatistics(net, data, { images: 24 })
    expect(found.shape).deep.equal([8, 24])
    found.layers.forEach((layer, l) => {
      expect(spearman(part(found, l), found.losses), layer).above(0.8)
    })
    expect(found.figure.toString()).contain('conv1')
  })

  it('refuse what cannot be', async () => {
    const data = scenes({ length: 4 })
    const message = async (options: object, other = data) =>
      (await rejection(gradientStatistics(net, other, options))).message
    expect(await message({ layers: ['convX'] })).contain("'conv1'")
    expect(await message({ layers: [] })).equal('name a layer at least')
    expect(await message({ images: 0 })).equal('images is a whole number, 1 or more, not 0')
    expect(await message({}, scenes({ classes: ['cat'], length: 4 }))).contain('72 classes')
  })
})
