import { expect } from 'chai'
import { embed } from '../../src/embeddings/embed.js'
import type { Embedding } from '../../src/embeddings/embedding.js'
import { distance } from '../../src/embeddings/nearest.js'
import { hasVectorIndex } from '../../src/embeddings/vector-index.js'
import { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { viz } from '../../src/viz.js'
import { rejection } from '../rejection.js'
import { embeddingNetwork } from './network.js'

describe('neighbours', () => {
  let net: Network
  let features: Embedding
  const data = viz.scenes({ length: 40, size: 64, seed: 3 })
  before(async () => {
    net = await embeddingNetwork()
    features = await embed(net, data, 'fc7')
  })
  after(() => net.release())

  const row = ({ data, shape }: Embedding, i: number) =>
    data.subarray(i * shape[1]!, (i + 1) * shape[1]!)

  it('are by features and by pixels the nearest in each, without the picture itself', async () => {
    for (const metric of ['l2', 'cosine'] as const) {
      const found = await features.neighbours([7, 31], { count: 4, metric })
      expect(found.shape).deep.equal([2, 4])
      for (const [space, indices] of [
        [features, found.indices],
        [features.pixels, found.pixels.indices],
      ] as const) {
        const expected = [...Array(40).keys()]
          .filter((i) => i !== 31)
          .map((i) => ({ i, far: distance(metric, row(space, 31), row(space, i)) }))
          .sort((a, b) => a.far - b.far)
        expect([...indices.slice(4)]).deep.equal(expected.slice(0, 4).map(({ i }) => i))
        if (space === features) expect(found.data[4]).closeTo(expected[0]!.far, 1e-6)
      }
      expect(found.provenance.parameters).include({ count: 4, metric, search: 'exact' })
    }
  })

  it('of a picture that is in the data set begin with it', async () => {
    const { image } = data.get(12)
    const found = await features.neighbours(image, { count: 2 })
    expect(found.indices[0]).equal(12)
    expect(found.data[0]).closeTo(0, 1e-5)
    expect(found.pixels.indices[0]).equal(12)
    // A scene is a picture too, and has a class to name.
    const scene = await features.neighbours(data.get(12), { count: 2 })
    expect([...scene.indices]).deep.equal([...found.indices])
    expect(scene.toString()).contains(`${data.get(12).className}: nearest by fc7`)
  })

  it('show the query, the nearest by features, the nearest by pixels', async () => {
    const found = await features.neighbours([0, 1], { count: 3 })
    const lines = found.toString().split('\n')
    const name = (i: number) => data.classes[features.labels[i]!]
    expect(lines).length(3)
    expect(lines[1]).equal(
      `${name(0)}: nearest by fc7: ${Array.from(found.indices.slice(0, 3), name).join(', ')}; ` +
        `nearest by pixels: ${Array.from(found.pixels.indices.slice(0, 3), name).join(', ')}`,
    )
    expect(found.figure.width).below(940)
    expect(found.png().length).above(1000)
  })

  it('are of five pictures by default', async () => {
    expect((await features.neighbours()).shape).deep.equal([5, 5])
  })

  it('of many pictures are all there, of which the figure shows the first', async () => {
    const everyone = [...Array(40).keys()]
    const found = await features.neighbours(everyone, { count: 3 })
    expect(found.shape).deep.equal([40, 3])
    expect(found.indices).length(120)
    expect(found.figure.parts.caption).contains('The first 24 of 40 queries.')
    expect(found.toString().split('\n')).length(25)
    const few = await features.neighbours(everyone.slice(0, 24), { count: 3 })
    expect(few.figure.parts.caption).not.contains('queries')
  })

  it('refuse what there cannot be', async () => {
    const message = async (...asked: Parameters<Embedding['neighbours']>) => {
      const error = await rejection(features.neighbours(...asked))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message(40)).equal('there are the pictures 0 … 39, and no picture 40')
    expect(await message(0, { count: 40 })).equal('there are 1 to 39 neighbours, not 40')
    expect(await message([])).contains('at least one')
    expect(await message(0, { metric: 'l1' as 'l2' })).contains("not 'l1'")
  })

  it('by an index say what it needs, or find nearly the same', async () => {
    const asked = features.neighbours(3, { search: 'approximate' })
    if (!hasVectorIndex()) expect((await rejection(asked)).message).contains('npm install usearch')
    else expect([...(await asked).indices]).deep.equal([...(await features.neighbours(3)).indices])
  })

  it('of images without classes have no names', async () => {
    const images = [0, 1, 2].map(
      (k) =>
        new Image(
          5,
          6,
          new Float32Array(90).map((_, i) => ((i * (k + 3)) % 7) / 7),
        ),
    )
    const found = await (await embed(net, images, 'fc7')).neighbours(images[1], { count: 2 })
    expect(found.indices[0]).equal(1)
    expect(found.figure.caption).not.contains('red')
  })
})
