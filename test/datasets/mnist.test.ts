import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { fashionMnist, idxImages, mnist } from '../../datasets/mnist.js'
import { display } from '../../src/image/display.js'
import { FormatError } from '../../src/network/format-error.js'
import { rejection } from '../rejection.js'
import { temporaryFolder } from './temporary.js'

/** A file of unsigned bytes, by the format's definition. */
const ubytes = (shape: number[], numbers: ArrayLike<number>): Buffer => {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i))
  return Buffer.concat([header, Uint8Array.from(numbers)])
}

const floats = (shape: number[], numbers: number[]): Buffer => {
  const file = Buffer.concat([ubytes(shape, []), Buffer.alloc(4 * numbers.length)])
  file[2] = 0x0d
  numbers.forEach((n, i) => file.writeFloatBE(n, 4 + 4 * shape.length + 4 * i))
  return file
}

/** The value of pixel (x, y) of picture n, different for all of them. */
const pixel = (n: number, x: number, y: number): number => (n * 61 + y * 17 + x * 5) % 256

function pictures(count: number, width: number, height: number): number[] {
  const numbers: number[] = []
  for (let n = 0; n < count; n++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) numbers.push(pixel(n, x, y))
  return numbers
}

describe('data sets in IDX files', () => {
  const { path, write } = temporaryFolder()
  let images = ''
  let labels = ''

  before(async () => {
    images = await write('images', ubytes([6, 4, 3], pictures(6, 3, 4)))
    labels = await write('labels', ubytes([6], [0, 2, 1, 2, 0, 2]))
  })

  it('give grey pictures, their bytes divided by 255', async () => {
    const data = await idxImages(images, labels)
    expect(data.length).to.equal(6)
    expect(data.classes).to.deep.equal(['0', '1', '2'])
    const { image, label, className } = data.get(3)
    expect([image.width, image.height, label, className]).to.deep.equal([3, 4, 2, '2'])
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < 4; y++)
        for (let x = 0; x < 3; x++)
          expect(image.data[(c * 4 + y) * 3 + x]).to.equal(Math.fround(pixel(3, x, y) / 255))
  })

  it('are filtered and split by their labels', async () => {
    const data = await idxImages(images, labels, { classes: ['cat', 'dog', 'owl'] })
    const owls = data.filter(({ className }) => className === 'owl')
    expect([...owls].map(({ label }) => label)).to.deep.equal([2, 2, 2])
    expect([...data.labels()]).to.deep.equal([0, 2, 1, 2, 0, 2])
    expect(data.describe(2)).to.deep.equal({ label: 1, className: 'dog' })
  })

  it('may be stored column by column', async () => {
    const { image } = (await idxImages(images, labels, { transposed: true })).get(1)
    expect([image.width, image.height]).to.deep.equal([4, 3])
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 4; x++)
        expect(image.data[y * 4 + x]).to.equal(Math.fround(pixel(1, y, x) / 255))
  })

  it('may be in colour, without labels, or of floats', async () => {
    const colours = [255, 0, 51, 0, 255, 102]
    const colour = await idxImages(await write('colour', ubytes([1, 1, 2, 3], colours)))
    expect([...colour.get(0).image.data]).to.deep.equal([1, 0, 0, 1, 0.2, 0.4].map(Math.fround))
    const file = await write('floats', floats([1, 1, 3], [0, 0.25, 1]))
    const [first] = await idxImages(file)
    expect([...first!.image.data.subarray(0, 3)]).to.deep.equal([0, 0.25, 1])
    const [ranged] = await idxImages(file, undefined, { range: [0.5, 0] })
    expect([...ranged!.image.data.subarray(0, 3)]).to.deep.equal([1, 0.5, 0])
  })

  it('say when pixels are out of range', async () => {
    const wide = await idxImages(await write('wide', floats([1, 1, 2], [0, 255])))
    expect(() => wide.get(0)).to.throw(FormatError, /wide: picture 0 has a pixel of 255.*range/)
    const nan = await idxImages(await write('nan', floats([1, 1, 1], [NaN])), undefined, {
      range: [0, 1],
    })
    expect(() => nan.get(0)).to.throw(FormatError, /NaN/)
    expect((await rejection(idxImages(images, labels, { range: [1, 1] }))).message).to.match(
      /range/,
    )
  })

  it('say which file is not what it should be', async () => {
    const cases: [string, string, RegExp][] = [
      [labels, images, /labels holds an array of shape \[6\]; .*may be the labels/],
      [images, images, /images holds an array of shape \[6, 4, 3\]; .*may be the pictures/],
      [images, await write('few', ubytes([2], [0, 1])), /6 pictures, but .*few has 2 labels/],
      [await write('flat', ubytes([6, 0, 3], [])), labels, /shape \[6, 0, 3\]/],
      [images, await write('half', floats([6], [0, 1, 0.5, 0, 0, 0])), /item 2 has label 0.5/],
      [
        images,
        await write('huge', floats([6], [0, 1, 2 ** 31, 0, 0, 0])),
        /item 2 has label 2147483648/,
      ],
    ]
    for (const [a, b, message] of cases) {
      const error = await rejection(idxImages(a, b))
      expect(error).to.be.instanceOf(FormatError)
      expect(error.message).to.match(message)
    }
    const error = await rejection(idxImages(images, labels, { classes: ['cat', 'dog'] }))
    expect(error.message).to.match(/item 1 has label 2; .* 0 to 1, as there are 2 classes/)
  })

  describe('MNIST and Fashion-MNIST', () => {
    const digit = (label: number) => ubytes([1, 28, 28], Array<number>(784).fill(10 * label))

    before(async () => {
      await write('usual/train-images-idx3-ubyte.gz', gzipSync(digit(7)))
      await write('usual/train-labels-idx1-ubyte.gz', gzipSync(ubytes([1], [7])))
      await write('usual/t10k-images.idx3-ubyte', digit(9))
      await write('usual/t10k-labels-idx1-ubyte', ubytes([1], [9]))
      await write('partial/train-images-idx3-ubyte', digit(7))
    })

    it('are found by the usual names, compressed or not', async () => {
      const train = await mnist(path('usual'))
      expect(train.classes).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
      expect(train.get(0).className).to.equal('7')
      expect(train.get(0).image.data[5]).to.equal(Math.fround(70 / 255))
      const test = await fashionMnist(path('usual'), { split: 'test' })
      expect(test.get(0).className).to.equal('ankle boot')
      expect(test.get(0).image.data[5]).to.equal(Math.fround(90 / 255))
    })

    it('show themselves in a notebook', async () => {
      const train = await mnist(path('usual'))
      expect(await train[display]()).to.have.keys('image/png', 'text/plain')
      const item: object = train.get(0)
      expect(item).to.have.property(display)
      expect(Reflect.ownKeys({ ...item })).to.deep.equal(['image', 'label', 'className'])
    })

    it('say which file is missing', async () => {
      expect((await rejection(mnist(path('partial')))).message).to.match(
        /partial has no train-labels-idx1-ubyte nor .*\.gz; it has train-images-idx3-ubyte/,
      )
      expect((await rejection(mnist(path('usuall')))).message).to.match(/there is no .*usual/)
      expect((await rejection(mnist(images))).message).to.match(/is a file, but a folder/)
      const split = 'validation' as 'test'
      expect((await rejection(mnist(path('usual'), { split }))).message).to.match(
        /'train' or 'test'/,
      )
    })
  })
})
