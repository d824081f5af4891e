import { expect } from 'chai'
import { corrupt, corruptionSheet, type Network, stylisedScenes, viz } from '../../src/index.js'

describe('verbs of robustness', () => {
  let net: Network
  before(async () => {
    net = await viz.model('scenes')
  })
  after(() => net.release())

  it('corrupt pictures, and items that have one', async () => {
    const scene = viz.scenes({ seed: 7 }).get(0)
    const expected = await corrupt(scene.image, 'fog', 3, { seed: 2 })
    for (const shown of [scene, scene.image])
      expect((await viz.corrupt(shown, 'fog', 3, { seed: 2 })).data).deep.equal(expected.data)
    const options = { corruptions: ['contrast'], seed: 2 } as const
    expect((await viz.corruptions(scene, options)).png()).deep.equal(
      (await corruptionSheet(scene.image, options)).png(),
    )
  })

  it('compare networks', async () => {
    const data = viz.scenes({ seed: 3 })
    const found = await viz.robustness([net], data, {
      images: 2,
      corruptions: ['contrast'],
      severities: [5],
    })
    expect(found.networks.map(({ name }) => name)).deep.equal(['scenes'])
    const conflicts = viz.scenes({ seed: 3, conflict: true })
    expect((await viz.shapeTexture([net], conflicts, { images: 4 })).images).equal(4)
  })

  it('make scenes of another texture', () => {
    const options = { seed: 4, length: 20, share: 0.4 }
    const [one, other] = [viz.stylisedScenes(options), stylisedScenes(options)]
    for (let i = 0; i < 20; i++) expect(one.describe(i)).deep.equal(other.describe(i))
  })
})
