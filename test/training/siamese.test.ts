import { expect } from 'chai'
import { type ClassName, scenes, splits } from '../../datasets/scenes/index.js'
import { embed } from '../../src/embeddings/embed.js'
import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import type { Network } from '../../src/network/network.js'
import { heInitialiser } from '../../src/training/parameters.js'
import { sgd } from '../../src/training/optimizers.js'
import { trainSiamese } from '../../src/training/siamese.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'
import { toyNetwork, weightOf } from '../toys.js'

const preprocessing = (side: number) => ({
  size: [side, side] as [number, number],
  mean: [0.5, 0.5, 0.5] as [number, number, number],
  std: [0.25, 0.25, 0.25] as [number, number, number],
})

onEveryEngine('a Siamese network', (engine) => {
  const random = new Random(3)
  const items = Array.from({ length: 8 }, (_, i) => ({
    image: new Image(
      6,
      6,
      Float32Array.from({ length: 108 }, () => random.uniform()),
    ),
    label: i % 3,
  }))
  const data = { length: 8, classes: ['a', 'b', 'c'], get: (i: number) => items[i]! }
  const margin = 6
  let net: Network
  before(async () => {
    net = await toyNetwork(
      [3, 6, 6],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3, { stride: 2 }))
        return toy.linear('code', toy.flatten('flatten', maps), 5)
      },
      { engine, preprocessing: preprocessing(6) },
    )
  })
  after(() => net.release())

  /** The loss as the paper has it: two pictures, two runs, one distance, over all pairs. */
  async function twins(network: Network): Promise<{ similar: number; different: number }> {
    const codes = await Promise.all(
      items.map(async ({ image }) => [
        ...(await network.run(image, { layers: ['code'] })).code!.data,
      ]),
    )
    const losses = { similar: [] as number[], different: [] as number[] }
    for (let i = 0; i < 8; i++)
      for (let j = i + 1; j < 8; j++) {
        const distance = Math.hypot(...codes[i]!.map((value, d) => value - codes[j]![d]!))
        if (items[i]!.label === items[j]!.label) losses.similar.push(distance ** 2 / 2)
        else losses.different.push(Math.max(0, margin - distance) ** 2 / 2)
      }
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
    return { similar: mean(losses.similar), different: mean(losses.different) }
  }

  it('has the loss of twins with the same weights, and goes down its gradient', async () => {
    const rate = 1e-4
    const optimizer = sgd({ momentum: 0 })
    const found = await trainSiamese(net, data, { margin, rate, optimizer, batch: 8, seed: 1 })
    const before = await twins(net)
    expect(before.different).above(0)
    expect(found.history.similar![0]).closeTo(before.similar, 1e-3 * before.similar)
    expect(found.history.different![0]).closeTo(before.different, 1e-3 * before.different)
    expect(found.layer).equal('code')
    // One step of plain descent lowers the loss by ‖step‖² / rate, to first order.
    const after = await twins(found.network)
    let squares = 0
    for (const name of ['conv.weight', 'conv.bias', 'code.weight', 'code.bias']) {
      const [w, v] = [weightOf(net, name), weightOf(found.network, name)]
      w.forEach((value, i) => (squares += (v[i]! - value) ** 2))
    }
    const lowered = before.similar + before.different - after.similar - after.different
    expect(squares).above(0)
    expect(lowered / (squares / rate)).closeTo(1, 0.1)
  })

  it('refuses what cannot be', async () => {
    const message = async (options: object) =>
      (await rejection(trainSiamese(net, data, options))).message
    expect(await message({ layer: 'cod' })).contain("'code'")
    expect(await message({ layer: 'conv' })).contain("'conv' is [4, 2, 2]")
    expect(await message({ margin: 0 })).contain('margin')
    expect(await message({ batch: 1 })).contain('batch')
    expect(await message({ batch: 9 })).contain('8 pictures')
  })
})

describe('a Siamese network of scenes', () => {
  it('brings classes together, and those that it never saw as well', async () => {
    const net = await toyNetwork(
      [3, 48, 48],
      (toy, input) => {
        const first = toy.relu('relu1', toy.conv('conv1', input, 16, 5, { stride: 2 }))
        const second = toy.relu(
          'relu2',
          toy.conv('conv2', toy.maxPool('pool1', first, 2, { stride: 2 }), 32, 3),
        )
        return toy.linear(
          'code',
          toy.flatten('flatten', toy.maxPool('pool2', second, 2, { stride: 2 })),
          16,
        )
      },
      { weights: heInitialiser(1, '') },
    )
    const known: ClassName[] = ['apple', 'lemon', 'fir', 'sunflower', 'pig', 'car']
    const unseen: ClassName[] = ['fox', 'frog', 'airplane', 'panda', 'bee', 'tulip']
    const drawings = scenes({ ...splits.train, classes: known, size: 48, length: 1024 })
    const trained = await trainSiamese(net, drawings, { margin: 4, rate: 3e-3, epochs: 4, seed: 1 })
    const purity = async (network: Network, classes: ClassName[]) => {
      const test = scenes({ ...splits.test, classes, size: 48, length: 150 })
      return (await embed(network, test, 'code')).purity()
    }
    const gain = async (classes: ClassName[]) =>
      (await purity(trained.network, classes)) - (await purity(net, classes))
    expect(trained.history.loss).lengthOf(64)
    const [seen, other] = [await gain(known), await gain(unseen)]
    expect(seen).above(0.15)
    expect(other).above(0.05)
    expect(trained.figure.toString()).contain('after 64 of 64 steps')
  }).timeout(60_000)
})
