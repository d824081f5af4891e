import { expect } from 'chai'
import { Dataset } from '../../datasets/dataset.js'
import { batchSize, inputBatches, pictureSet } from '../../src/activations/stream.js'
import { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { rejection } from '../rejection.js'
import { toyNetwork } from '../toys.js'

const flat = (value: number): Image => new Image(6, 6, new Float32Array(108).fill(value))

describe('pictures on their way through a network', () => {
  let net: Network
  before(async () => {
    net = await toyNetwork([3, 6, 6], (toy, input) =>
      toy.linear('fc', toy.flatten('flatten', toy.conv('conv', input, 2, 3)), 2),
    )
  })
  after(() => net.release())

  it('come in order, the last batch filled up', async () => {
    const images = Array.from({ length: 7 }, (_, i) => flat(i / 10))
    const sets = {
      list: images,
      items: new Dataset(7, [], (i) => ({ image: images[i]! })),
      promised: new Dataset(7, [], async (i) => images[i]!),
    }
    for (const [name, set] of Object.entries(sets)) {
      const found: [number, number, number[]][] = []
      for await (const { first, count, pixels } of inputBatches(net, pictureSet(set), 3)) {
        expect(pixels.shape).deep.equal([3, 3, 6, 6])
        const values = [0, 1, 2].map((slot) => Math.round(10 * pixels.data[slot * 108 + 50]!))
        found.push([first, count, values])
      }
      expect(found, name).deep.equal([
        [0, 3, [0, 1, 2]],
        [3, 3, [3, 4, 5]],
        [6, 1, [6, 6, 6]],
      ])
    }
  })

  it('are refused where they are none', async () => {
    const drain = async (set: object): Promise<void> => {
      for await (const batch of inputBatches(net, set as never, 2)) void batch
    }
    const error = await rejection(drain({ length: 2, get: (i: number) => (i ? 'cat' : flat(0)) }))
    expect(error).instanceOf(TypeError)
    expect(error.message).equal('item 1 of the data set is no image and has none as `image`')
    expect(() => pictureSet('photos' as never)).throw(TypeError, 'a data set or a list of images')
  })

  it('are so many at once as memory allows, or as is asked for', () => {
    expect(batchSize(net, 1000)).equal(32)
    expect(batchSize(net, 5)).equal(5)
    expect(batchSize(net, 1000, 7)).equal(7)
    expect(batchSize(net, 0)).equal(1)
    expect(() => batchSize(net, 5, 0)).throw(RangeError, 'a batch holds 1 picture or more, not 0')
  })
})
