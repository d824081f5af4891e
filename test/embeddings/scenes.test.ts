import { expect } from 'chai'
import type { Embedding } from '../../src/embeddings/embedding.js'
import { viz } from '../../src/viz.js'

/** What the lectures say of features, on the embedded network and pictures that it has not seen. */
describe('features of scenes', function () {
  this.timeout(120_000)
  let features: Embedding
  before(async () => {
    const net = await viz.model('scenes')
    const classes = [
      'cat',
      'wolf',
      'elephant',
      'frog',
      'car',
      'airplane',
      'apple',
      'guitar',
    ] as const
    features = await viz(net).embed(
      viz.scenes({ length: 320, seed: 977, classes: [...classes] }),
      'fc7',
    )
  })

  it('have neighbours of the same class far more often than pixels', async () => {
    const [byFeatures, byPixels] = [await features.purity(), await features.pixels.purity()]
    expect(byFeatures).above(2 * byPixels)
  })

  it('keep their neighbours in a map by t-SNE, more than by two principal components', async () => {
    const [tsne, pca] = [await features.tsne(), await features.pca()]
    const [kept, flattened] = [await tsne.trustworthiness(), await pca.trustworthiness()]
    expect(kept).above(0.95).above(flattened)
    expect(await tsne.purity()).above(await pca.purity())
  })
})
