import { expect } from 'chai'
import { cifar10, cifar100 } from '../../datasets/cifar.js'
import { Random } from '../../src/image/random.js'
import { FormatError } from '../../src/network/format-error.js'
import { rejection } from '../rejection.js'
import { mutate, temporaryFolder } from './temporary.js'

/** The value of a pixel, different in every plane, place and record. */
const pixel = (n: number, c: number, x: number, y: number): number =>
  (n * 101 + c * 83 + y * 13 + x * 3) % 256

/** A record by the format's definition: label bytes, then 1024 red, 1024 green and 1024 blue ones. */
function record(n: number, ...labels: number[]): number[] {
  const bytes = [...labels]
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++) bytes.push(pixel(n, c, x, y))
  return bytes
}

describe('CIFAR', () => {
  const { path, write } = temporaryFolder()

  before(async () => {
    for (let i = 1; i <= 5; i++)
      await write(
        `ten/data_batch_${i}.bin`,
        Buffer.from([...record(2 * i, i), ...(i === 3 ? [] : record(2 * i + 1, 9))]),
      )
    await write('ten/test_batch.bin', Buffer.from(record(40, 3)))
    await write('hundred/train.bin', Buffer.from([...record(1, 0, 4), ...record(2, 19, 41)]))
    await write('hundred/test.bin', Buffer.from(record(3, 8, 97)))
  })

  it('10 gives the records of all files, pixel by pixel', async () => {
    const data = await cifar10(path('ten'))
    expect(data.length).to.equal(9)
    expect([...data].map(({ className }) => className)).to.deep.equal(
      'automobile truck bird truck cat deer truck dog truck'.split(' '),
    )
    const origins = [2, 3, 4, 5, 6, 8, 9, 10, 11]
    for (const [i, { image }] of [...data].entries())
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < 32; y++)
          for (let x = 0; x < 32; x++)
            if (
              image.data[(c * 32 + y) * 32 + x] !== Math.fround(pixel(origins[i]!, c, x, y) / 255)
            )
              expect.fail(`item ${i} differs at (${x}, ${y}) of plane ${c}`)
  })

  it('10 has the ten classes, and a part to test on', async () => {
    const data = await cifar10(path('ten'), { split: 'test' })
    expect(data.classes).to.have.length(10)
    expect([data.length, data.get(0).label, data.get(0).className]).to.deep.equal([1, 3, 'cat'])
    const one = await cifar10(path('ten', 'data_batch_2.bin'))
    expect([...one.labels()]).to.deep.equal([2, 9])
  })

  it('100 gives class and group', async () => {
    const data = await cifar100(path('hundred'))
    expect(new Set(data.classes).size).to.equal(100)
    expect(data.classes).to.deep.equal(data.classes.toSorted())
    const known = [data.describe(0), data.describe(1)]
    expect(known.map(({ className }) => className)).to.deep.equal(['beaver', 'lawn mower'])
    expect(known.map(({ groupName }) => groupName)).to.deep.equal(['aquatic mammals', 'vehicles 2'])
    expect(data.get(1).image.data[1024]).to.equal(Math.fround(pixel(2, 1, 0, 0) / 255))
    const wolf = (await cifar100(path('hundred'), { split: 'test' })).get(0)
    expect([wolf.className, wolf.groupName]).to.deep.equal(['wolf', 'large carnivores'])
  })

  it('says what is wrong with a file', async () => {
    const ten = Buffer.from(record(1, 1))
    const bad = async (bytes: Uint8Array, message: RegExp, load = cifar10 as typeof cifar100) => {
      const file = await write('bad.bin', bytes)
      const error = await rejection(load(file))
      expect(error).to.be.instanceOf(FormatError)
      expect(error.message).to.include(file).and.match(message)
    }
    await bad(Buffer.alloc(0), /it is empty/)
    await bad(ten.subarray(0, -1), /3072 bytes are no whole number of records of 3073/)
    await bad(Buffer.from(record(1, 10)), /record 0 has label 10; it is at most 9/)
    await bad(Buffer.from(record(1, 0, 4)), /use cifar100/)
    await bad(ten, /use cifar10$/, cifar100)
    await bad(Buffer.from(record(1, 20, 4)), /group label 20; it is at most 19/, cifar100)
    await bad(
      Buffer.from([...record(1, 0, 4), ...record(1, 0, 100)]),
      /record 1 has label 100/,
      cifar100,
    )
  })

  it('says which file is missing', async () => {
    await write('python/batches.meta', 'x')
    await write('python/data_batch_1', 'x')
    const message = async (promise: Promise<unknown>) => (await rejection(promise)).message
    expect(await message(cifar10(path('python')))).to.match(
      /no data_batch_1.bin: .* Python version/,
    )
    expect(await message(cifar10(path('hundred')))).to.match(/it has test.bin, train.bin|train.bin/)
    expect(await message(cifar10(path('elsewhere')))).to.match(/there is no/)
    const archive = await write('cifar-10-binary.tar.gz', 'x')
    expect(await message(cifar10(archive))).to.match(/unpack it \(tar -xf cifar-10-binary.tar.gz\)/)
    const split = 'valid' as 'test'
    expect(await message(cifar10(path('ten'), { split }))).to.match(/'train' or 'test'/)
  })

  it('survives mutations with a clear error or other pictures', async function () {
    this.timeout(20_000)
    const random = new Random(2)
    const good = Buffer.from([...record(1, 0, 4), ...record(2, 19, 41)])
    let refused = 0
    for (let i = 0; i < 200; i++) {
      const file = await write('mutated.bin', mutate(good, random))
      try {
        for (const { image } of await cifar100(file))
          expect(image.data.every((value) => value >= 0 && value <= 1)).to.equal(true)
      } catch (error) {
        expect(error).to.be.instanceOf(FormatError)
        refused++
      }
    }
    expect(refused).to.be.within(50, 195)
  })
})
