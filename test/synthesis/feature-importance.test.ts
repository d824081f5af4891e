import { expect } from 'chai'
import type { Items } from '../../datasets/dataset.js'
import { findLayer } from '../../src/activations/address.js'
import { Network } from '../../src/network/network.js'
import { crossEntropy } from '../../src/objectives/scores.js'
import { featureImportance } from '../../src/synthesis/feature-importance.js'
import { MaskedLayer } from '../../src/synthesis/masked-layer.js'
import type { Example } from '../../src/training/batches.js'
import { viz } from '../../src/viz.js'
import { onEveryEngine } from '../engines.js'
import { reference, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'

for (const name of ['plain', 'residual'])
  onEveryEngine(`maps of '${name}' that are set to zero`, (engine) => {
    it('are those whose filters are set to zero', async () => {
      const torch = await reference(name, engine)
      const { net } = torch
      const pixels = torch.tensor('input')
      const layer = torch.settings.taps[0]!
      const features = (await net.run(pixels, { layers: [layer] }))[layer]!
      const found = findLayer(net, layer)
      expect(found.node.op).equal('Conv')
      const masked = await MaskedLayer.of(net, found)
      const all = new Float32Array(masked.maps).fill(1)
      const scores = await net.scoresOf(pixels)
      expect(relativeError(await masked.scores({ pixels, features }, all), scores)).below(1e-5)
      const kept = all.map((_, map) => (map % 3 ? 1 : 0))
      const graph = net.graph.copy()
      for (const weights of found.node.inputs.slice(1)) {
        const { type, shape, data } = graph.constants.get(weights)!
        const size = data.length / masked.maps
        const pruned = Float32Array.from(
          data as Float32Array,
          (w, i) => w * kept[Math.floor(i / size)]!,
        )
        graph.constants.set(weights, { type, shape, data: pruned })
      }
      const slim = await Network.from(graph, { engine })
      const without = await slim.scoresOf(pixels)
      expect(relativeError(await masked.scores({ pixels, features }, kept), without)).below(1e-5)
      expect(relativeError(without, scores)).above(1e-3)
      await Promise.all([masked.release(), slim.release(), net.release()])
    })
  })

describe('importance of feature maps', () => {
  let net: Network
  let data: Items<Example>
  before(async () => {
    net = await viz.model('scenes')
    data = viz.scenes({ length: 40, seed: 5 })
  })
  after(() => net.release())

  it('ranks maps, and tests the rankings on other pictures', async () => {
    const made = await viz(net)
      .layer('conv5')
      .importance(data, { images: 20, points: 5, by: ['accuracy', 'taylor', 'l1'], steps: 2 })
    expect(made.shape).deep.equal([3, 96])
    expect(made.removed).deep.equal([0, 24, 48, 72, 96])
    expect(made.prunings.map(({ by }) => by)).deep.equal(['accuracy', 'taylor', 'l1', 'random'])
    const [accuracy, taylor] = made.prunings
    const whole = accuracy!.accuracies[0]!
    let right = 0
    for (let i = 20; i < 40; i++) {
      const { image, label } = await data.get(i)
      if ((await viz(net).on(image).predict()).top(1)[0]!.index === label) right++
    }
    expect(whole).equal(right / 20)
    for (const { order, accuracies } of made.prunings) {
      expect(new Set(order).size).equal(96)
      expect(accuracies[0]).equal(whole)
      expect(accuracies[4]).below(0.3)
    }
    const values = made.of('taylor')
    taylor!.order
      .slice(1)
      .forEach((map, i) => expect(values[map]).least(values[taylor!.order[i]!]!))
    expect(made.figure.toString()).contains('taylor')
    expect(made.curve.toString()).contains('maps removed')
    expect(made.reconstructions.toString()).contains('48 removed')
  })

  it('finds the maps that do nothing, whatever the criterion', async () => {
    const dead = [3, 17, 40, 41, 88]
    const graph = net.graph.copy()
    for (const name of findLayer(net, 'conv5').node.inputs.slice(1)) {
      const { type, shape, data } = graph.constants.get(name)!
      const weights = (data as Float32Array).slice()
      const size = weights.length / 96
      for (const map of dead) weights.fill(0, map * size, (map + 1) * size)
      graph.constants.set(name, { type, shape, data: weights })
    }
    const { classes, preprocessing } = net
    const wounded = await Network.from(graph, { classes, preprocessing })
    const made = await featureImportance(wounded, 'conv5', data, {
      images: 12,
      points: 2,
      by: ['accuracy', 'taylor', 'l1'],
      steps: 1,
    })
    const drops = made.of('accuracy').filter((drop) => drop < 0).length
    for (const { by, order } of made.prunings)
      if (by !== 'random') {
        const first = order.slice(by === 'accuracy' ? drops : 0)
        expect(first.slice(0, 5), by).deep.equal(dead)
      }
    await wounded.release()
  })

  it('Taylor and L1 are what their papers say', async () => {
    const made = await featureImportance(net, 'relu3', data, {
      images: 2,
      points: 2,
      by: ['taylor', 'l1'],
      steps: 1,
    })
    const expected = new Float32Array(96)
    for (let i = 0; i < 2; i++) {
      const { image, label } = await data.get(i)
      const { gradients, activations } = await net.differentiate(image, {
        of: crossEntropy(label),
        wrt: ['relu3'],
        layers: ['relu3'],
      })
      for (let map = 0; map < 96; map++) {
        let sum = 0
        for (let p = map * 144; p < (map + 1) * 144; p++)
          sum += activations.relu3!.data[p]! * gradients.relu3!.data[p]!
        expected[map]! += Math.abs(sum) / 2
      }
    }
    const taylor = { data: made.of('taylor'), shape: [96] }
    expect(relativeError(taylor, { data: expected, shape: [96] })).below(1e-4)
    const weights = net.graph.constants.get(findLayer(net, 'conv3').node.inputs[1]!)!
    const own = (weights.data as Float32Array).subarray(0, weights.data.length / 96)
    expect(made.of('l1')[0]).closeTo(
      own.reduce((sum, w) => sum + Math.abs(w), 0),
      1e-3,
    )
  })

  it('by inversion: what the first picture loses with a map', async () => {
    const options = { images: 1, points: 2, by: ['inversion'] as const, steps: 15 }
    const made = await featureImportance(net, 'conv1', data, options)
    const values = made.of('inversion')
    expect(values).length(32)
    expect(Math.max(...values)).above(0.02)
    const psnrs = made.inversions.map(({ psnr }) => psnr)
    expect(psnrs[0]).above(psnrs.at(-1)! + 1)
  })

  it('stops at an interrupt, and says what is wrong', async () => {
    const stopped = await rejection(
      featureImportance(net, 'conv5', data, { images: 2, signal: AbortSignal.abort() }),
    )
    expect(stopped.name).equal('AbortError')
    const wrong: [string, Parameters<typeof featureImportance>[3], string][] = [
      ['conv55', {}, "'conv5'"],
      ['conv5', { by: ['tailor' as 'taylor'] }, "'taylor'"],
      ['conv5', { by: [] }, 'name a criterion'],
      ['conv5', { images: 30 }, 'that takes 60, but there are 40'],
      ['flatten', { images: 1, by: ['l1'] }, 'no filters'],
      ['conv5', { points: 1 }, 'points'],
    ]
    for (const [layer, options, message] of wrong) {
      const error = await rejection(featureImportance(net, layer, data, options))
      expect(error).instanceOf(RangeError)
      expect(error.message).contains(message)
    }
  })
})
