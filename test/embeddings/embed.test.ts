import { expect } from 'chai'
import { Dataset } from '../../datasets/dataset.js'
import { embed } from '../../src/embeddings/embed.js'
import { Embedded, type Embedding } from '../../src/embeddings/embedding.js'
import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import type { Network } from '../../src/network/network.js'
import { viz } from '../../src/viz.js'
import { chooseSignal } from '../../src/work/signal.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'
import { embeddingNetwork } from './network.js'

/** Pictures of noise, the odd ones brighter. */
function noise(index: number): Image {
  const random = new Random(index + 1)
  const bright = index % 2 === 0 ? 0 : 0.5
  return new Image(
    5,
    6,
    new Float32Array(90).map(() => bright + random.uniform() / 2),
  )
}

const classes = ['dark', 'bright']
const pictures = (length: number) =>
  new Dataset(length, classes, (i) => ({
    image: noise(i),
    label: i % 2,
    className: classes[i % 2]!,
  }))

onEveryEngine('features', (engine) => {
  let net: Network
  before(async () => (net = await embeddingNetwork({ engine })))
  after(() => net.release())

  const alone = async (index: number, layer: string) =>
    (await net.run(noise(index), { layers: [layer] }))[layer]!
  const rowOf = ({ data, shape }: Embedding, i: number) =>
    data.subarray(i * shape[1]!, (i + 1) * shape[1]!)
  const same = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
    expect(a.length).equal(b.length)
    Array.from(a).forEach((value, i) => expect(value).closeTo(b[i]!, 1e-5))
  }

  it('of a vector layer are what the network computes of each picture, in order', async () => {
    // The last batch is not full.
    const features = await embed(net, pictures(11), 'fc7', { batch: 4 })
    expect(features.shape).deep.equal([11, 7])
    for (let i = 0; i < 11; i++) same(rowOf(features, i), (await alone(i, 'fc7')).data)
    expect([...features.labels]).deep.equal([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0])
    expect(features.classes).deep.equal(classes)
    expect(features.interrupted).false
  })

  it('of feature maps are the mean of each, or all that is in them', async () => {
    const means = await embed(net, pictures(3), 'conv1')
    const whole = await embed(net, pictures(3), 'conv1', { spatial: 'flatten' })
    expect(means.shape).deep.equal([3, 4])
    expect(whole.shape).deep.equal([3, 4 * 30])
    const { data } = await alone(2, 'conv1')
    same(rowOf(whole, 2), data)
    same(
      rowOf(means, 2),
      [0, 1, 2, 3].map((c) => data.subarray(30 * c, 30 * (c + 1)).reduce((a, b) => a + b, 0) / 30),
    )
  })

  it('come of lists of images and of promised pictures too', async () => {
    const list = await embed(net, [noise(0), noise(1)], 'fc7')
    const promised = new Dataset(2, [], (i) => Promise.resolve(noise(i)))
    expect((await embed(net, promised, 'fc7')).data).deep.equal(list.data)
    expect([...list.labels]).deep.equal([-1, -1])
    expect((await rejection(list.purity())).message).contains('have classes')
  })

  it('of pixels are what the network sees', async () => {
    const { pixels } = await embed(net, pictures(3), 'fc7')
    expect(pixels.layer).equal('pixels')
    expect(pixels.shape).deep.equal([3, 3 * 30])
    Array.from(rowOf(pixels, 1)).forEach((value, i) =>
      expect(value).closeTo(noise(1).data[i]!, 0.5 / 255 + 1e-6),
    )
    expect(await pixels.featuresOf(noise(1))).deep.equal(Float32Array.from(rowOf(pixels, 1)))
  })

  it('say where they are from, and show themselves', async () => {
    const features = await embed(net, pictures(5), 'conv1')
    expect(features.provenance.method).equal('embed')
    expect(features.provenance.parameters).deep.equal({
      layer: 'conv1',
      spatial: 'average',
      pictures: 5,
    })
    expect(features.figure.toString()).contains('conv1: 5 pictures × 4 features')
    expect(features.png().subarray(1, 4).toString()).equal('PNG')
  })

  it('at an interrupt are those of the pictures that are done', async () => {
    const controller = new AbortController()
    chooseSignal(controller.signal)
    try {
      const data = new Dataset(40, [], (i) => {
        if (i === 17) controller.abort()
        return noise(i)
      })
      const features = await embed(net, data, 'fc7', { batch: 4 })
      expect(features.interrupted).true
      expect(features.shape[0]).least(12).below(40)
      expect(features.data.length).equal(7 * features.shape[0]!)
      same(rowOf(features, 11), (await alone(11, 'fc7')).data)
      expect(features.labels.length).equal(features.shape[0])
    } finally {
      chooseSignal(undefined)
    }
  })

  it('are none where an interrupt comes before the first batch', async () => {
    chooseSignal(AbortSignal.abort())
    try {
      const error = await rejection(embed(net, pictures(4), 'fc7'))
      expect(error.name).equal('AbortError')
      expect(error.message).contains('Features of fc7')
    } finally {
      chooseSignal(undefined)
    }
  })

  it('need a layer that exists, and pictures', async () => {
    let read = 0
    const counting = new Dataset(3, [], (i) => (read++, noise(i)))
    const error = await rejection(embed(net, counting, 'fc77'))
    expect(error).instanceOf(RangeError)
    expect(error.message).contains("'fc7'")
    expect(read).equal(0)
    expect((await rejection(embed(net, [], 'fc7'))).message).contains('empty')
    const wrong = { spatial: 'max' } as object
    expect((await rejection(embed(net, [noise(0)], 'fc7', wrong))).message).contains("not 'max'")
    expect((await rejection(embed(net, [noise(0)], 'fc7', { batch: 0 }))).message).contains('not 0')
  })
})

describe('viz(net).embed', () => {
  it('goes on to neighbours, PCA, t-SNE and purity, and computes features once', async () => {
    const net = await embeddingNetwork()
    let read = 0
    const data = new Dataset(24, classes, (i) => {
      read++
      return { image: noise(i), label: i % 2 }
    })
    const features = viz(net).embed(data, 'fc7')
    expect(features).instanceOf(Embedded)
    expect(read).equal(0)
    expect((await features.pca({ components: 3 })).shape).deep.equal([24, 3])
    expect((await features.tsne({ iterations: 5, perplexity: 5 })).shape).deep.equal([24, 2])
    expect(await features.purity(3)).within(0, 1)
    expect((await features).shape).deep.equal([24, 7])
    expect(read).equal(24)
    expect((await features.neighbours(0, { count: 2 })).shape).deep.equal([1, 2])
    await net.release()
  })
})
