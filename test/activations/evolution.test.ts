import { expect } from 'chai'
import { scenes, splits } from '../../datasets/scenes/index.js'
import { cropField } from '../../src/activations/field.js'
import { featureEvolution } from '../../src/activations/evolution.js'
import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import { loadNetwork } from '../../src/network/load.js'
import type { Network } from '../../src/network/network.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'
import { randomWeights, toyNetwork } from '../toys.js'

const preprocessing = {
  size: [12, 14] as [number, number],
  mean: [0.5, 0.4, 0.3] as [number, number, number],
  std: [0.2, 0.2, 0.2] as [number, number, number],
}
const cache = false as const

onEveryEngine('feature evolution', (engine) => {
  const random = new Random(5)
  const images = Array.from(
    { length: 9 },
    () =>
      new Image(
        14,
        12,
        Float32Array.from({ length: 504 }, () => random.uniform()),
      ),
  )
  let checkpoints: Record<string, Network>
  before(async () => {
    const trained = (seed: number) =>
      toyNetwork(
        [3, 12, 14],
        (toy, input) => {
          const first = toy.relu('relu1', toy.conv('conv1', input, 4, 3, { stride: 2, padding: 1 }))
          const second = toy.relu('relu2', toy.conv('conv2', first, 5, 3, { padding: 1 }))
          return toy.linear('fc', toy.flatten('flatten', second), 3)
        },
        { engine, preprocessing, weights: randomWeights(seed) },
      )
    checkpoints = { early: await trained(1), late: await trained(7) }
  })
  after(async () => {
    for (const net of Object.values(checkpoints)) await net.release()
  })

  it('shows the strongest activation of a unit in each network, and what it projects', async () => {
    const found = await featureEvolution(checkpoints, images, ['relu2:1', 'relu1:2'], { cache })
    expect(found.checkpoints).deep.equal(['early', 'late'])
    expect(found.shape).deep.equal([2, 2])
    for (const [u, [layer, channel]] of (
      [
        ['relu2', 1],
        ['relu1', 2],
      ] as const
    ).entries())
      for (const [k, net] of Object.values(checkpoints).entries()) {
        const strongest = await Promise.all(
          images.map(async (image) => {
            const { [layer]: maps } = await net.run(image, { layers: [layer] })
            return Math.max(...maps!.data.subarray(channel * 42, (channel + 1) * 42))
          }),
        )
        const stage = found.units[u]!.stages[k]!
        expect(found.data[2 * u + k]).closeTo(Math.max(...strongest), 1e-5)
        expect(stage.picture).equal(strongest.indexOf(Math.max(...strongest)))
        // DeconvNet's signal of the neuron by itself, wherever grey is not all there is.
        const pixels = net.preprocess(images[stage.picture]!)
        const of = neuron(layer, [channel, ...stage.position!])
        const signal = await net.gradient(pixels, { of, rule: 'deconvnet' })
        const expected = cropField(new Image(14, 12, signal.data), stage.field, [0, 0, 0]).data
        const shown = stage.projection.data.map((value) => value - 0.5)
        let [dot, a, b] = [0, 0, 0]
        shown.forEach((value, i) => {
          dot += value * expected[i]!
          a += value ** 2
          b += expected[i]! ** 2
          if (Math.abs(expected[i]!) < 1e-9) expect(value).closeTo(0, 1e-6)
        })
        expect(dot / Math.sqrt(a * b), 'but for what the colours clip').above(0.99)
      }
  })

  it('says how often another picture is the strongest, and where a unit is dead', async () => {
    const found = await featureEvolution(checkpoints, images, 'relu2:1', { cache, rule: 'guided' })
    const [one, other] = found.units[0]!.stages
    expect(found.figure.caption).contain(`${one!.picture === other!.picture ? 0 : 1} of 1 cases`)
    const { early } = checkpoints
    const dead = await toyNetwork(
      [3, 12, 14],
      (toy, input) =>
        toy.linear('fc', toy.flatten('f', toy.relu('relu2', toy.conv('conv2', input, 5, 3))), 3),
      {
        engine,
        preprocessing,
        weights: (name, shape) => {
          const length = shape.reduce((p, n) => p * n, 1)
          const value = name === 'conv2.bias' ? -1 : 0
          return { type: 'float32', shape, data: new Float32Array(length).fill(value) }
        },
      },
    )
    const off = await featureEvolution({ early: early!, dead }, images, 'relu2:1', { cache })
    expect(off.units[0]!.stages[1]).equal(undefined)
    expect([...off.data]).deep.equal([found.data[0], 0])
    expect(off.toString()).contain('not active')
    await dead.release()
  })

  it('refuses what cannot be', async () => {
    const message = async (units: string | string[], options = {}, networks = checkpoints) =>
      (await rejection(featureEvolution(networks, images, units, options))).message
    expect(await message('relu2')).contain("'relu2:0'")
    expect(await message('relu22:0')).contain("'relu2'")
    expect(await message('relu2:9')).contain('0 … 4')
    expect(await message([])).equal('name a unit at least')
    expect(await message('relu2:1', {}, {})).equal('name a checkpoint at least')
    expect(await message('relu2:1', { rule: 'plain' })).contain("'deconvnet' or 'guided'")
  })
})

describe('feature evolution of a training', () => {
  it('settles: from the second snapshot on more units keep their picture than from the first on', async () => {
    const names = ['scenes-6.4k', 'scenes-32k', 'scenes']
    const snapshots = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await loadNetwork(name)] as const)),
    )
    const data = scenes({ ...splits.test, length: 60 })
    const units = Array.from({ length: 32 }, (_, i) => `relu1:${i}`)
    const found = await featureEvolution(snapshots, data, units, { cache })
    expect(found.shape).deep.equal([32, 3])
    const kept = (from: number): number =>
      found.units.filter(({ stages }) => stages[from]!.picture === stages[2]!.picture).length
    expect(kept(1)).above(kept(0) + 3)
    for (const net of Object.values(snapshots)) await net.release()
  }).timeout(60_000)
})
