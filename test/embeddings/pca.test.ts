import { expect } from 'chai'
import { embed } from '../../src/embeddings/embed.js'
import type { Embedding } from '../../src/embeddings/embedding.js'
import type { Network } from '../../src/network/network.js'
import { viz } from '../../src/viz.js'
import { rejection } from '../rejection.js'
import { embeddingNetwork } from './network.js'

describe('PCA of features', () => {
  let net: Network
  let features: Embedding
  before(async () => {
    net = await embeddingNetwork()
    features = await embed(net, viz.scenes({ length: 30, size: 64, seed: 3 }), 'fc7')
  })
  after(() => net.release())

  it('with all components explains all variance, and gives the features back', async () => {
    const found = await features.pca()
    expect(found.shape).deep.equal([30, 7])
    expect(found.explained.reduce((a, b) => a + b, 0)).closeTo(1, 1e-5)
    found.explained.slice(1).forEach((share, i) => expect(share).most(found.explained[i]! + 1e-7))
    const { directions, mean } = found
    for (const i of [0, 17])
      for (let c = 0; c < 7; c++) {
        let value = mean[c]!
        for (let k = 0; k < 7; k++) value += found.data[i * 7 + k]! * directions.data[k * 7 + c]!
        expect(value).closeTo(features.data[i * 7 + c]!, 1e-4)
      }
  })

  it('shows two components or three, with their shares of the variance', async () => {
    const two = await features.pca({ components: 4 })
    expect(two.points.shape).deep.equal([30, 2])
    expect(two.points.data[3]).equal(two.data[1 * 4 + 1])
    expect(two.toString()).contains('component 4').contains('30 points in 2 dimensions')
    const three = await features.pca({ dimensions: 3 })
    expect(three.points.shape).deep.equal([30, 3])
    expect(three.toString()).contains('in 3 dimensions')
    expect(two.provenance).property('method', 'pca')
    expect(two.provenance.parameters).include({ layer: 'fc7', components: 4 })
  })

  it('refuses components that there are not', async () => {
    const error = await rejection(features.pca({ components: 8 }))
    expect(error).instanceOf(RangeError)
    expect(error.message).equal('30 vectors of 7 have 1 to 7 components, not 8')
  })
})
