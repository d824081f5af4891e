import { expect } from 'chai'
import { saliency } from '../../src/attribution/saliency.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { classProbability, classScore } from '../../src/objectives/scores.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

/** [1, 3, H, W] → [1, H, W], a plain loop over the pixels. */
function reduceChannels(
  { data, shape }: Tensor,
  reduce: (...channels: number[]) => number,
): Tensor {
  const [, , height, width] = shape as [number, number, number, number]
  const plane = height * width
  const map = Array.from({ length: plane }, (_, i) =>
    reduce(...[0, 1, 2].map((c) => Math.abs(data[c * plane + i]!))),
  )
  return { data: Float32Array.from(map), shape: [1, height, width] }
}
const sum = (...numbers: number[]): number => numbers.reduce((a, b) => a + b)

for (const name of referenceNetworks)
  onEveryEngine(`saliency of the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it("equals Captum's", async () => {
      const { target } = torch.settings
      const map = await saliency(torch.net, torch.tensor('input'), { target })
      expect(map.shape).deep.equal(torch.tensor('saliency_max_abs').shape)
      expect(relativeError(map, torch.tensor('saliency_max_abs'))).below(1e-4)
    })

    it("reduces Captum's guided backpropagation, deconvolution and neuron gradient alike", async () => {
      const { target, neuron: unit } = torch.settings
      const cases = [
        { key: 'guided_backprop', options: { target, rule: 'guided' } },
        { key: 'deconvolution', options: { target, rule: 'deconvnet' } },
        { key: 'neuron_gradient', options: { of: neuron(...unit) } },
        { key: 'neuron_guided', options: { of: neuron(...unit), rule: 'guided' } },
      ] as const
      for (const { key, options } of cases)
        for (const [channels, reduce] of [['max', Math.max] as const, ['sum', sum] as const]) {
          const map = await saliency(torch.net, torch.tensor('input'), { ...options, channels })
          expect(relativeError(map, reduceChannels(torch.tensor(key), reduce)), key).below(1e-4)
        }
    })

    it('of a probability mixes in all classes: ∂p_c = p_c (∂S_c − Σ p_k ∂S_k)', async () => {
      const { net, settings } = torch
      const input = torch.tensor('input')
      const scores = await net.scoresOf(input)
      const powers = Array.from(scores.data, Math.exp)
      const p = powers.map((power) => power / sum(...powers))
      const gradients = await Promise.all(
        p.map((_, k) => net.gradient(input, { of: classScore(k) })),
      )
      const c = settings.target
      const expected = gradients[c]!.data.map((own, i) => {
        const mean = p.reduce((total, p_k, k) => total + p_k * gradients[k]!.data[i]!, 0)
        return p[c]! * (own - mean)
      })
      const map = await saliency(net, input, { of: classProbability(c) })
      const twin = reduceChannels({ data: expected, shape: input.shape }, Math.max)
      expect(relativeError(map, twin)).below(1e-4)
      const ofScore = await saliency(net, input, { target: c })
      const scaled = { ...ofScore, data: ofScore.data.map((value) => p[c]! * value) }
      expect(relativeError(map, scaled)).above(0.01)
    })
  })

onEveryEngine('saliency', (engine) => {
  it('with its signs is the sum of the channels, shown around 0', async () => {
    const torch = await reference('plain', engine)
    const { target } = torch.settings
    const map = await saliency(torch.net, torch.tensor('input'), { target, channels: 'signed' })
    const { data, shape } = torch.tensor('gradient')
    const plane = data.length / 3
    const sums = Float32Array.from({ length: plane }, (_, i) =>
      [0, 1, 2].reduce((total, c) => total + data[c * plane + i]!, 0),
    )
    expect(relativeError(map, { data: sums, shape: [1, ...shape.slice(2)] })).below(1e-4)
    expect(Math.min(...map.data)).below(0)
    expect(map.figure.toString()).contains('Σ gradient over channels, from −')
    const error = await rejection(
      saliency(torch.net, torch.tensor('input'), { target, channels: 'mean' as 'max' }),
    )
    const rule = await rejection(
      saliency(torch.net, torch.tensor('input'), { target, rule: 'guide' as 'guided' }),
    )
    expect(rule.message).contains("'guided'")
    expect(error).instanceOf(RangeError)
    expect(error.message).contains("'max', 'sum', 'signed', not by 'mean'")
    await torch.net.release()
  })

  it('of a linear model is |w|, whatever the image', async () => {
    const net = await toyNetwork(
      [3, 4, 5],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      { engine },
    )
    const w = weightOf(net, 'fc.weight').subarray(60)
    const expected = reduceChannels({ data: w, shape: [1, 3, 4, 5] }, Math.max)
    for (const seed of [1, 2]) {
      const map = await saliency(net, randomTensor([1, 3, 4, 5], seed), { target: 1 })
      expect([...map.data]).deep.equal([...expected.data])
    }
    await net.release()
  })

  it('of a difference of scores is that of the difference of gradients', async () => {
    const net = await toyNetwork(
      [3, 6, 6],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine },
    )
    const pixels = randomTensor([1, 3, 6, 6])
    const [a, b] = await Promise.all([0, 1].map((c) => net.gradient(pixels, { of: classScore(c) })))
    const difference = { ...a!, data: a!.data.map((value, i) => value - b!.data[i]!) }
    const map = await saliency(net, pixels, { of: classScore(0).minus(classScore(1)) })
    expect(relativeError(map, reduceChannels(difference, Math.max))).below(1e-5)
    await net.release()
  })
})
