import { expect } from 'chai'
import { type ClassName, scenes, splits } from '../../datasets/scenes/index.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { firstFilters } from '../../src/training/recipes/filters.js'
import { evaluate } from '../../src/training/evaluate.js'

describe('the embedded network `scenes`', () => {
  let net: Network
  before(async () => {
    net = await zooNetwork('scenes')
  })
  after(() => net.release())

  const accuracyOn = async (split: 'test' | 'heldOut', length: number): Promise<number> => {
    const data = scenes({ ...splits[split], classes: net.classes as ClassName[], length })
    const { share } = (await evaluate(net, data)).accuracy
    console.log(`      ${(100 * share).toFixed(1)} % top-1 on ${length} scenes`)
    return share
  }

  it('names more than 95 % of scenes that it has not seen', async () => {
    expect(await accuracyOn('test', 600)).above(0.95)
  })

  it('names more than 70 % of scenes in a drawing style that it has not seen', async () => {
    expect(await accuracyOn('heldOut', 600)).above(0.7)
  })

  it('has filters worth looking at: none is dead, few are noise', async () => {
    const { count, dead, noisy } = await firstFilters(net, scenes({ ...splits.test, length: 128 }))
    expect({ count, dead }).deep.equal({ count: 32, dead: 0 })
    expect(noisy).below(4)
  })

  it("has the lecture's layer names", () => {
    const names = net.layers.map(({ name }) => name)
    for (const name of ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8'])
      expect(names).include(name)
    expect(net.lastFeatureMaps).equal('relu5')
  })
})

describe('its relatives', () => {
  const relatives = { 'scenes-stride4': 0.93, 'scenes-residual': 0.95, 'scenes-robust': 0.92 }
  for (const [name, least] of Object.entries(relatives))
    it(`${name} names more than ${100 * least} % of scenes that it has not seen`, async () => {
      const net = await zooNetwork(name)
      const { accuracy } = await evaluate(net, scenes({ ...splits.test, length: 300 }))
      await net.release()
      expect(accuracy.share).above(least)
    })
})
