import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { integratedGradients } from '../../src/attribution/integrated-gradients.js'
import { quadratures } from '../../src/attribution/quadrature.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { loadImage } from '../../src/image/load.js'
import { readOnnx } from '../../src/network/onnx-file.js'
import { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import type { Objective } from '../../src/objectives/objective.js'
import { classProbability, classScore } from '../../src/objectives/scores.js'
import { activation, neuron } from '../../src/objectives/units.js'
import { chooseSignal } from '../../src/work/signal.js'
import { onEveryEngine } from '../engines.js'
import {
  fixture,
  reference,
  type Reference,
  referenceNetworks,
  relativeError,
} from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

const sum = (data: Float32Array): number => data.reduce((a, b) => a + b, 0)

/** (x − x′) times the mean gradient at the middles of equal steps, as the paper's formula 3 has it. */
async function twin(
  net: Network,
  x: Tensor,
  of: Objective,
  steps: number,
  start: (i: number) => number = () => 0,
): Promise<Tensor> {
  const total = new Float64Array(x.data.length)
  for (let k = 0; k < steps; k++) {
    const alpha = (k + 0.5) / steps
    const data = x.data.map((value, i) => start(i) + alpha * (value - start(i)))
    const gradient = await net.gradient({ data, shape: x.shape }, { of })
    gradient.data.forEach((value, i) => (total[i]! += value / steps))
  }
  return { data: x.data.map((value, i) => (value - start(i)) * total[i]!), shape: x.shape }
}

for (const name of referenceNetworks)
  onEveryEngine(`integrated gradients of the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it("equals Captum's", async () => {
      const expected = torch.tensor('integrated_gradients_20')
      const { target } = torch.settings
      for (const batch of [1, 6]) {
        const options = { target, steps: 20, batch }
        const map = await integratedGradients(torch.net, torch.tensor('input'), options)
        expect(map.shape).deep.equal(expected.shape)
        expect(relativeError(map, expected), `batch ${batch}`).below(1e-4)
      }
    })

    it('equals plain loops, whatever is explained and wherever the path begins', async () => {
      const { net, settings } = torch
      const input = torch.tensor('input')
      const other = torch.tensor('input2')
      for (const of of [
        classScore(1).minus(classScore(4)),
        classProbability(2),
        neuron(...settings.neuron),
      ]) {
        const options = { of, steps: 7, method: 'riemann_middle', baseline: other } as const
        const map = await integratedGradients(net, input, options)
        const expected = await twin(net, input, of, 7, (i) => other.data[i]!)
        expect(relativeError(map, expected), of.toString()).below(1e-4)
      }
    })

    it('is complete, the more so the more steps there are', async () => {
      const { net, settings } = torch
      const input = torch.tensor('input')
      const { target } = settings
      const black = { data: new Float32Array(input.data.length), shape: input.shape }
      const [at, from] = await Promise.all([input, black].map((x) => net.scoresOf(x)))
      const difference = at!.data[target]! - from!.data[target]!
      for (const method of quadratures) {
        const options = { target, steps: 400, method, batch: 25 }
        const map = await integratedGradients(net, input, options)
        expect(map.difference[0]).closeTo(difference, 1e-4)
        expect(sum(map.data), method).closeTo(difference, 0.02 * Math.abs(difference))
        expect(map.convergenceDelta[0]).closeTo(sum(map.data) - difference, 1e-4)
      }
      const rough = await integratedGradients(net, input, { target, steps: 1 })
      const fine = await integratedGradients(net, input, { target, steps: 200 })
      expect(Math.abs(fine.convergenceDelta[0]!)).below(Math.abs(rough.convergenceDelta[0]!) / 5)
    })
  })

onEveryEngine('integrated gradients', (engine) => {
  const pixels = randomTensor([2, 3, 6, 5])
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

  it('of a linear model is w (x − x′), and one step is enough', async () => {
    const linear = await toyNetwork(
      [3, 6, 5],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      { engine },
    )
    const w = weightOf(linear, 'fc.weight').subarray(90)
    const x = { data: pixels.data.slice(0, 90), shape: [1, 3, 6, 5] }
    const map = await integratedGradients(linear, x, { target: 1, steps: 1, baseline: 0.25 })
    const expected = { ...x, data: x.data.map((value, i) => w[i]! * (value - 0.25)) }
    expect(relativeError(map, expected)).below(1e-6)
    expect(map.convergenceDelta[0]).closeTo(0, 1e-5)
    await linear.release()
  })

  it('of a quadratic form is complete with one step of Gauss and Legendre', async () => {
    const of = activation('conv')
    const one = await integratedGradients(net, pixels, { of, steps: 1 })
    one.convergenceDelta.forEach((delta, i) => {
      expect(Math.abs(one.difference[i]!)).above(1)
      expect(delta).closeTo(0, 1e-5 * Math.abs(one.difference[i]!))
    })
    const left = await integratedGradients(net, pixels, { of, steps: 1, method: 'riemann_left' })
    expect(Math.abs(left.convergenceDelta[0]!)).above(0.1)
  })

  it('gives nothing to pixels that equal the baseline', async () => {
    const baseline = { data: pixels.data.slice(), shape: pixels.shape }
    baseline.data[4] = 3
    baseline.data[100] = -3
    const map = await integratedGradients(net, pixels, { target: 1, steps: 4, baseline })
    const others = map.data.filter((_, i) => i !== 4 && i !== 100)
    expect(others.every((value) => value === 0)).true
    expect(map.data[4]).not.equal(0)
    expect(map.data[100]).not.equal(0)
  })

  it('gives each image of a batch what it has alone, with its own class', async () => {
    const both = await integratedGradients(net, pixels, { target: [2, 0], steps: 9, batch: 4 })
    for (const [i, target] of [2, 0].entries()) {
      const alone = { data: pixels.data.slice(i * 90, (i + 1) * 90), shape: [1, 3, 6, 5] }
      const map = await integratedGradients(net, alone, { target, steps: 9 })
      const part = { ...map, data: both.data.slice(i * 90, (i + 1) * 90) }
      expect(relativeError(part, map)).below(1e-5)
      expect(both.difference[i]).closeTo(map.difference[0]!, 1e-5)
      expect(both.convergenceDelta[i]).closeTo(map.convergenceDelta[0]!, 1e-4)
    }
    expect(both.figure.toString()).contains('gradients: class 2').contains('gradients: class 0')
  })

  it('does not depend on the batch', async () => {
    const [one, ...others] = await Promise.all(
      [1, 2, 5, 100].map((batch) =>
        integratedGradients(net, pixels, { target: 1, steps: 11, batch }),
      ),
    )
    for (const other of others) expect(relativeError(other, one!)).below(1e-5)
  })

  it('runs a network that takes one image at a time', async () => {
    const file = readFileSync(fixture('transformer/fixed.onnx'))
    const fixed = await Network.from(readOnnx(file), { engine })
    const x = randomTensor([1, 3, 32, 32])
    const options = { steps: 3, method: 'riemann_middle', batch: 8 } as const
    const map = await integratedGradients(fixed, x, { target: 2, ...options })
    expect(relativeError(map, await twin(fixed, x, classScore(2), 3))).below(1e-4)
    await fixed.release()
  })

  it('says how complete it is, and when to take more steps', async () => {
    const good = await integratedGradients(net, pixels, { target: 1, steps: 300 })
    expect(good.figure.toString()).contains('Integrated gradients: class 1')
    const one = { data: pixels.data.slice(0, 90), shape: [1, 3, 6, 5] }
    const rough = await integratedGradients(net, one, {
      target: 1,
      steps: 1,
      method: 'riemann_left',
    })
    const fine = await integratedGradients(net, one, { target: 1, steps: 300, baseline: 'black' })
    expect(rough.figure.caption)
      .contains('1 step from the baseline: 0 in')
      .contains('% off. More steps bring them closer.')
    expect(fine.figure.caption).contains('300 steps').contains('black').contains('% off.')
    expect(fine.figure.caption).not.contains('More steps')
  })

  it('records what it was told', async () => {
    const { parameters } = (await integratedGradients(net, pixels, { target: 1, batch: 3 }))
      .provenance
    expect(parameters).deep.equal({ target: 1, steps: 50, method: 'gausslegendre', baseline: 0 })
  })

  it('refuses steps, methods and batches that there cannot be', async () => {
    const error = async (options: object) => {
      const found = await rejection(integratedGradients(net, pixels, { target: 1, ...options }))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    expect(await error({ steps: 0 })).contains('whole steps, not 0')
    expect(await error({ method: 'simpson' })).contains("no quadrature 'simpson'")
    expect(await error({ batch: 0 })).equal('a batch holds 1 variant or more, not 0')
    expect(await error({ baseline: 'nothing' })).contains("no baseline 'nothing'")
  })

  it('can be interrupted', async () => {
    chooseSignal(AbortSignal.abort())
    try {
      const error = await rejection(integratedGradients(net, pixels, { target: 1 }))
      expect(error.name).equal('AbortError')
      expect(error.message).equal('Integrated gradients was interrupted after 0 of 104 steps')
    } finally {
      chooseSignal(undefined)
    }
  })
})

describe('integrated gradients of a photograph', () => {
  it('add up to the difference of the scores, within 5 % at 50 steps (Sundararajan 2017)', async () => {
    const path = (file: string): string => fileURLToPath(fixture(file))
    const net = await zooNetwork('squeezenet1_1', {
      weights: path('squeezenet1_1/weights.safetensors'),
    })
    const photo = await loadImage(path('dog_cat_224.png'))
    // 1.6 % off from 0, 0.06 % off from black.
    for (const baseline of [0, 'black'] as const) {
      const map = await integratedGradients(net, photo, { target: 'bull mastiff', baseline })
      expect(map.difference[0]).above(25)
      expect(sum(map.data)).closeTo(map.difference[0]!, 0.05 * map.difference[0]!)
    }
    await net.release()
  })
})
