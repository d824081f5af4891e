import { expect } from 'chai'
import { layersFromTop, randomised } from '../../../src/attribution/trust/randomise.js'
import type { Network } from '../../../src/network/network.js'
import { onEveryEngine } from '../../engines.js'
import { reference, referenceNetworks, relativeError } from '../../reference.js'
import { rejection } from '../../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../../toys.js'

const network = (options: object = {}) =>
  toyNetwork(
    [3, 9, 9],
    (toy, input) => {
      const first = toy.relu('relu1', toy.batchNorm('bn', toy.conv('conv1', input, 64, 3)))
      const maps = toy.relu('relu2', toy.conv('conv2', first, 48, 3))
      return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', maps)), 3)
    },
    options,
  )

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length }
}

describe('randomised networks', () => {
  let net: Network
  before(async () => {
    net = await network()
  })
  after(() => net.release())

  it('name their layers from the scores down', () => {
    expect(layersFromTop(net)).deep.equal(['fc', 'conv2', 'bn', 'conv1'])
  })

  it('lose what the named layers learned, and nothing else', async () => {
    const blank = await randomised(net, ['fc', 'conv2'], { seed: 4 })
    for (const kept of ['conv1.weight', 'conv1.bias', 'bn.weight', 'bn.running_var'])
      expect([...weightOf(blank, kept)]).deep.equal([...weightOf(net, kept)])
    for (const lost of ['conv2.weight', 'fc.weight', 'fc.bias'])
      expect([...weightOf(blank, lost)]).not.deep.equal([...weightOf(net, lost)])
    expect([...weightOf(blank, 'fc.bias')]).deep.equal([0, 0, 0])
    // He's initialisation: variance 2 / fan-in.
    const { mean, variance } = moments(weightOf(blank, 'conv2.weight'))
    expect(mean).closeTo(0, 0.002)
    expect(variance).closeTo(2 / (64 * 9), 0.05 * (2 / (64 * 9)))
    expect(blank.classes).deep.equal(net.classes)
    expect(blank.preprocessing).equal(net.preprocessing)
    expect(blank.digest).not.equal(net.digest)
    await blank.release()
  })

  it('have normalisation that changes nothing', async () => {
    const blank = await randomised(net, ['bn'])
    expect([...new Set(weightOf(blank, 'bn.weight'))]).deep.equal([1])
    expect([...new Set(weightOf(blank, 'bn.running_var'))]).deep.equal([1])
    expect([
      ...new Set([...weightOf(blank, 'bn.bias'), ...weightOf(blank, 'bn.running_mean')]),
    ]).deep.equal([0])
    await blank.release()
  })

  it('keep their numbers where these are shuffled', async () => {
    const blank = await randomised(net, ['conv1', 'bn'], { how: 'shuffle' })
    for (const name of ['conv1.weight', 'bn.running_var']) {
      expect([...weightOf(blank, name)]).not.deep.equal([...weightOf(net, name)])
      expect([...weightOf(blank, name)].sort()).deep.equal([...weightOf(net, name)].sort())
    }
    await blank.release()
  })

  it('have one layer’s random numbers whichever others are random, and others of another seed', async () => {
    const nets = await Promise.all([
      randomised(net, ['conv2'], { seed: 4 }),
      randomised(net, ['fc', 'conv2', 'conv1'], { seed: 4 }),
      randomised(net, ['conv2'], { seed: 5 }),
    ])
    const [a, b, c] = nets.map((one) => [...weightOf(one, 'conv2.weight')])
    expect(a).deep.equal(b)
    expect(a).not.deep.equal(c)
    await Promise.all(nets.map((one) => one.release()))
  })

  it('refuse layers without parameters, and other ways', async () => {
    const error = await rejection(randomised(net, ['relu1']))
    expect(error).instanceOf(RangeError)
    expect(error.message).equal("layer 'relu1' of network 'toy' has no parameters")
    const other = await rejection(randomised(net, ['fc'], { how: 'zero' as 'shuffle' }))
    expect(other.message).contains("'initialise' or 'shuffle', not 'zero'")
  })
})

onEveryEngine('randomised networks', (engine) => {
  for (const name of referenceNetworks)
    it(`of '${name}' run, and answer otherwise`, async () => {
      const torch = await reference(name, engine)
      const { net } = torch
      const input = torch.tensor('input')
      const layers = layersFromTop(net)
      expect(layers.length).above(2)
      const before = await net.scoresOf(input)
      for (const how of ['initialise', 'shuffle'] as const) {
        const blank = await randomised(net, layers, { how, seed: 1 })
        const scores = await blank.scoresOf(input)
        expect(relativeError(scores, before)).above(0.1)
        expect(scores.data.every(Number.isFinite)).true
        await blank.release()
      }
      await net.release()
    })

  it('of nothing random are the same', async () => {
    const net = await network({ engine })
    const same = await randomised(net, [])
    const x = randomTensor([1, 3, 9, 9])
    expect([...(await same.scoresOf(x)).data]).deep.equal([...(await net.scoresOf(x)).data])
    await net.release()
    await same.release()
  })
})
