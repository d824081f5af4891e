import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { readIdx } from '../../datasets/idx.js'
import { Random } from '../../src/image/random.js'
import { FormatError } from '../../src/network/format-error.js'
import { rejection } from '../rejection.js'
import { mutate, temporaryFolder } from './temporary.js'

const bigEndian = {
  ubyte: { code: 0x08, bytes: (n: number) => [n] },
  byte: { code: 0x09, bytes: (n: number) => [n & 0xff] },
  short: { code: 0x0b, bytes: (n: number) => [(n >> 8) & 0xff, n & 0xff] },
  int: { code: 0x0c, bytes: (n: number) => [24, 16, 8, 0].map((shift) => (n >> shift) & 0xff) },
  float: { code: 0x0d, bytes: (n: number) => reversed(Float32Array.of(n)) },
  double: { code: 0x0e, bytes: (n: number) => reversed(Float64Array.of(n)) },
}

/** This machine's own bytes, the last first: big-endian on a little-endian machine. */
const reversed = (one: Float32Array | Float64Array): number[] =>
  [...new Uint8Array(one.buffer)].reverse()

/** An IDX file, byte by byte as the format says. */
function idxFile(type: keyof typeof bigEndian, shape: number[], numbers: number[]): Buffer {
  const { code, bytes } = bigEndian[type]
  const sizes = shape.flatMap((size) => bigEndian.int.bytes(size))
  return Buffer.from([0, 0, code, shape.length, ...sizes, ...numbers.flatMap(bytes)])
}

describe('IDX files', () => {
  const { path, write } = temporaryFolder()

  it('hold numbers of every type, big-endian', async () => {
    const cases = {
      ubyte: [0, 1, 127, 128, 255, 7],
      byte: [0, 1, -1, 127, -128, 7],
      short: [0, 258, -2, 32767, -32768, 7],
      int: [0, 16909060, -2, 2147483647, -2147483648, 7],
      float: [0, 0.5, -1.25, 2 ** 100, 2 ** -100, Infinity],
      double: [0, 0.1, -1e300, Math.PI, 5e-324, NaN],
    }
    for (const [type, numbers] of Object.entries(cases)) {
      const file = idxFile(type as keyof typeof cases, [2, 1, 3], numbers)
      for (const bytes of [file, gzipSync(file)]) {
        const { shape, data } = await readIdx(await write('array', bytes))
        expect(shape).to.deep.equal([2, 1, 3])
        expect([...data], type).to.deep.equal(numbers)
      }
    }
  })

  it('may be empty along an axis', async () => {
    const { shape, data } = await readIdx(await write('empty', idxFile('ubyte', [0, 28, 28], [])))
    expect(shape).to.deep.equal([0, 28, 28])
    expect(data.length).to.equal(0)
  })

  const refuses = async (bytes: Uint8Array, message: RegExp): Promise<void> => {
    const file = await write('bad', bytes)
    const start = performance.now()
    const error = await rejection(readIdx(file))
    expect(error).to.be.instanceOf(FormatError)
    expect(error.message).to.match(message)
    expect(error.message).to.include(file)
    expect(performance.now() - start).to.be.below(1000)
  }

  it('say what is wrong with them', async () => {
    const good = idxFile('short', [2, 3], [1, 2, 3, 4, 5, 6])
    await refuses(Buffer.alloc(0), /only 0 bytes/)
    await refuses(Buffer.from('PK\x03\x04 and more'), /begins with 50 4b 03 04/)
    await refuses(Buffer.from([0, 0, 0x0a, 1, 0, 0, 0, 0]), /begins with 00 00 0a 01/)
    await refuses(Buffer.from([0, 0, 8, 0, 5]), /number of axes/)
    await refuses(good.subarray(0, 7), /cut short within its header/)
    await refuses(good.subarray(0, -1), /cut short: 2×3 16-bit integers take 24 bytes .* are 23/)
    await refuses(Buffer.concat([good, Buffer.of(0)]), /more than its header says: 2×3/)
    const packed = gzipSync(good)
    await refuses(packed.subarray(0, -9), /gzip data is damaged or cut short/)
    await refuses(gzipSync(good.subarray(0, -1)), /cut short: 2×3/)
    await refuses(gzipSync(Buffer.concat([good, Buffer.alloc(9)])), /more than the 24 bytes/)
    await refuses(Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]), /gzip data is damaged/)
  })

  it('cannot claim what they do not hold', async () => {
    const claims = [[2 ** 32 - 1, 28, 28], [2 ** 30], Array<number>(255).fill(2 ** 32 - 1)]
    const memory = process.memoryUsage().rss
    for (const shape of claims) {
      await refuses(idxFile('double', shape, [1]), /cut short/)
      await refuses(gzipSync(idxFile('double', shape, [1])), /cut short|more than the 2 GiB/)
    }
    // A shape with a 0 is empty, however large the rest.
    await refuses(idxFile('ubyte', [...claims[2]!.slice(1), 0], [1]), /holds more than/)
    // A small file that unfolds to 200 MB, though it says 10 bytes.
    const bomb = gzipSync(Buffer.concat([idxFile('ubyte', [10], []), Buffer.alloc(200_000_000)]))
    const before = process.memoryUsage().rss
    await refuses(bomb, /holds more than the 18 bytes/)
    expect(process.memoryUsage().rss - before).to.be.below(50e6)
    expect(before - memory).to.be.below(600e6)
  })

  it('survive a few hundred mutations with a clear error or another array', async function () {
    this.timeout(20_000)
    const random = new Random(1)
    const plain = idxFile('short', [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    let refused = 0
    for (let i = 0; i < 400; i++) {
      const mutated = mutate(i % 2 ? gzipSync(plain) : plain, random)
      const start = performance.now()
      try {
        const { shape, data } = await readIdx(await write('mutated', mutated))
        expect(data.length).to.equal(shape.reduce((a, b) => a * b, 1))
      } catch (error) {
        expect(error).to.be.instanceOf(FormatError)
        refused++
      }
      expect(performance.now() - start).to.be.below(1000)
    }
    expect(refused).to.be.within(100, 390)
  })

  it('are files: not missing, no folder, no pipe', async () => {
    await write('train-images-idx3-ubyte', 'x')
    const missing = await rejection(readIdx(path('train-images-idx3-ubyt')))
    expect(missing.message).to.match(/there is no .* that folder has train-images-idx3-ubyte/)
    expect((await rejection(readIdx(path('.')))).message).to.match(/is a folder/)
    if (process.platform === 'win32') return
    execFileSync('mkfifo', [path('pipe')])
    expect((await rejection(readIdx(path('pipe')))).message).to.match(/no ordinary file/)
  })
})
