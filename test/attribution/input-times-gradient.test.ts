import { expect } from 'chai'
import { inputTimesGradient } from '../../src/attribution/input-times-gradient.js'
import { float32 } from '../../src/network/graph.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { randomTensor, randomWeights, toyNetwork, weightOf } from '../toys.js'

for (const name of referenceNetworks)
  onEveryEngine(`input × gradient of the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it("equals Captum's", async () => {
      const { target } = torch.settings
      const expected = torch.tensor('input_x_gradient')
      const map = await inputTimesGradient(torch.net, torch.tensor('input'), { target })
      expect(map.shape).deep.equal(expected.shape)
      expect(relativeError(map, expected)).below(1e-4)
    })
  })

onEveryEngine('input × gradient', (engine) => {
  const pixels = randomTensor([1, 3, 6, 6])
  const network = (bias: boolean) => {
    const random = randomWeights()
    return toyNetwork(
      [3, 6, 6],
      (toy, input) => {
        const maps = toy.maxPool('pool', toy.relu('relu', toy.conv('conv', input, 4, 3)), 2)
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      {
        engine,
        weights: (name, shape) => {
          const weight = random(name, shape)
          return bias || !name.endsWith('bias')
            ? weight
            : float32(new Float32Array(weight.data.length), shape)
        },
      },
    )
  }
  const total = async (net: Awaited<ReturnType<typeof network>>, target: number) => {
    const { data } = await inputTimesGradient(net, pixels, { target })
    return data.reduce((sum, value) => sum + value, 0)
  }

  it('adds up to the score where no layer has a bias, and not where one has', async () => {
    const [without, withBias] = [await network(false), await network(true)]
    const [plain, biased] = [await without.scoresOf(pixels), await withBias.scoresOf(pixels)]
    for (const target of [0, 1, 2]) {
      expect(await total(without, target)).closeTo(plain.data[target]!, 1e-4)
      expect(Math.abs((await total(withBias, target)) - biased.data[target]!)).above(0.01)
    }
    await without.release()
    await withBias.release()
  })

  it('of a linear model is w x', async () => {
    const net = await toyNetwork(
      [3, 4, 5],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      { engine },
    )
    const x = randomTensor([1, 3, 4, 5])
    const w = weightOf(net, 'fc.weight').subarray(60)
    const map = await inputTimesGradient(net, x, { target: 1 })
    expect([...map.data]).deep.equal([...x.data.map((value, i) => value * w[i]!)])
    expect(map.figure.title).equal('Input × gradient: class 1')
    expect(map.provenance).deep.include({ method: 'inputTimesGradient' })
    await net.release()
  })
})
