import { expect } from 'chai'
import { scenes } from '../../datasets/scenes/index.js'
import type { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { viz } from '../../src/viz.js'
import { rejection } from '../rejection.js'

describe('multifaceted visualisation', () => {
  let net: Network
  before(async () => (net = await viz.model('scenes')))
  after(() => net.release())

  it('groups the pictures of a class, and makes an image of each group', async () => {
    const data = scenes({ classes: ['cat', 'bus'], length: 32, seed: 5 })
    const found = await viz(net).facets(data, 'cat', { facets: 2, steps: 10, nearest: 5 })
    expect(found.shape).deep.equal([2, 3, 96, 96])
    const own = found.facets.flatMap(({ pictures }) => pictures)
    const cats = Array.from({ length: 32 }, (_, i) => i).filter((i) => data.get(i).label === 0)
    expect(own.sort((a, b) => a - b)).deep.equal(cats)
    expect(found.made.judgements.map((judged) => judged.class)).deep.equal(['cat', 'cat'])
    for (const { mean, image } of found.facets) expect(image.data).not.deep.equal(mean.data)
    expect(found.facets[0]!.mean.data).not.deep.equal(found.facets[1]!.mean.data)
    expect(found.provenance.parameters).deep.include({ layer: 'relu7', facets: 2 })
    expect(found.figure.toString()).contains('facet 2')
  })

  it('each image keeps the colours and the layout of its group, as the paper claims', async () => {
    const data = scenes({ classes: ['umbrella'], length: 32, seed: 3 })
    const options = { facets: 2, steps: 80, nearest: 6 }
    const { facets, made } = await viz(net).facets(data, 'umbrella', options)
    expect(made.judgements.map((judged) => judged.class)).deep.equal(['umbrella', 'umbrella'])
    const distance = (a: Image, b: Image): number =>
      Math.hypot(...a.data.map((value, i) => value - b.data[i]!))
    for (const [one, other] of [facets, [...facets].reverse()])
      expect(distance(one!.image, one!.mean)).below(0.8 * distance(one!.image, other!.mean))
  })

  it('says what is missing', async () => {
    const data = scenes({ classes: ['bus'], length: 10 })
    const error = async (wanted: string, of = data) =>
      (await rejection(viz(net).facets(of, wanted))).message
    expect(await error('cat')).contains("no class of the data set 'cat'; the nearest is 'bus'")
    expect(await error('bus', scenes({ classes: ['bus'], length: 7 }))).contains('have 7 of')
  })
})
