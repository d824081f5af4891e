import { readFileSync } from 'node:fs'
import { Float16Array } from '@petamoriken/float16'
import { expect } from 'chai'
import { Random } from '../../src/image/random.js'
import { float32, int64, type TypedTensor } from '../../src/network/graph.js'
import { readSafeTensors, writeSafeTensors } from '../../src/network/safetensors.js'
import { fixture } from '../reference.js'
import { failure } from './models.js'

/** A file with this header and so many bytes of numbers. */
function file(header: unknown, bytes = 0, announced?: bigint): Uint8Array {
  const json = typeof header === 'string' ? header : JSON.stringify(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(announced ?? BigInt(Buffer.byteLength(json)))
  return Buffer.concat([length, Buffer.from(json), Buffer.alloc(bytes)])
}

const entry = (shape: unknown, data_offsets: unknown, dtype: unknown = 'F32'): object => ({
  dtype,
  shape,
  data_offsets,
})

describe('safetensors', () => {
  it('what is written is read', () => {
    const tensors = new Map<string, TypedTensor>([
      ['conv1.weight', float32([1, -0, Infinity, 1e-40], [2, 1, 2])],
      ['odd', { type: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 255) }],
      ['after an odd one', { type: 'float64', shape: [1], data: Float64Array.of(Math.PI) }],
      ['half', { type: 'float16', shape: [2], data: Float16Array.of(0.5, 65504) }],
      ['steps', int64([2 ** 40], [])],
      ['int32', { type: 'int32', shape: [1], data: Int32Array.of(-5) }],
      ['int8', { type: 'int8', shape: [1], data: Int8Array.of(-5) }],
      ['bool', { type: 'bool', shape: [2], data: Uint8Array.of(1, 0) }],
      ['empty', float32([], [0, 3])],
      ['__proto__', float32([1], [1])],
      ['part', float32(new Float32Array([9, 8, 7]).subarray(1), [2])],
    ])
    const metadata = { classes: 'Käse, Brot' }
    const bytes = writeSafeTensors(tensors, metadata)
    // Read from the middle of a buffer, as files of a pool are.
    const shifted = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)
    const read = readSafeTensors(shifted)
    expect(read.metadata).deep.equal(metadata)
    expect([...read.tensors.keys()]).deep.equal([...tensors.keys()])
    for (const [name, tensor] of tensors) expect(read.tensors.get(name), name).deep.equal(tensor)
    expect(readSafeTensors(writeSafeTensors(new Map())).tensors.size).equal(0)
  })

  it("a real file, written by the format's own library", () => {
    const bytes = readFileSync(fixture('squeezenet1_1/weights.safetensors'))
    const { tensors } = readSafeTensors(bytes)
    expect(tensors.size).equal(52)
    expect(tensors.get('features.0.weight')!.shape).deep.equal([64, 3, 3, 3])
    const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0)
    expect(numbers).equal(1_235_496) // as the paper says: 1.2 million
    const again = readSafeTensors(writeSafeTensors(tensors)).tensors
    for (const [name, { type, shape, data }] of tensors) {
      const copy = again.get(name)!
      expect([copy.type, copy.shape], name).deep.equal([type, shape])
      const [a, b] = [copy.data, data].map((list) => Buffer.from(list.buffer as ArrayBuffer))
      expect(a!.equals(b!), name).equal(true)
    }
  })

  describe('what is damaged gives one clear error', () => {
    const cases: [string, Uint8Array, string][] = [
      ['empty', new Uint8Array(), 'it has 0 bytes'],
      ['a header longer than the file', file({}, 0, 3n), 'its header is longer than the file'],
      ['a header of 2⁶⁴ bytes', file({}, 0, 2n ** 64n - 1n), 'its header is longer than the file'],
      ['no JSON', file('{"a":'), 'its header is no JSON'],
      ['no UTF-8', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), 'its header is no JSON'],
      ['null', file('null'), 'its header is no JSON object'],
      ['a list', file('[]'), 'its header is no JSON object'],
      ['an entry that is none', file({ a: null }), "the entry of 'a' lacks dtype, shape or"],
      ['no offsets', file({ a: { dtype: 'F32', shape: [1] } }), "the entry of 'a' lacks"],
      ['one offset', file({ a: entry([1], [0]) }, 4), "the entry of 'a' lacks"],
      ['negative offsets', file({ a: entry([1], [-4, 0]) }, 4), "the entry of 'a' lacks"],
      ['fractional offsets', file({ a: entry([1], [0.5, 4.5]) }, 8), "the entry of 'a' lacks"],
      ['offsets as text', file({ a: entry([1], ['0', '4']) }, 4), "the entry of 'a' lacks"],
      ['a negative shape', file({ a: entry([-1], [0, 4]) }, 4), "the entry of 'a' lacks"],
      ['a shape that is none', file({ a: entry('1', [0, 4]) }, 4), "the entry of 'a' lacks"],
      [
        'an unknown type',
        file({ a: entry([1], [0, 2], 'BF16') }, 2),
        "'a' is of type BF16, which is not supported",
      ],
      [
        'a type called as a method of objects is',
        file({ a: entry([1], [0, 2], 'constructor') }, 2),
        "'a' is of type constructor, which is not supported",
      ],
      [
        'beyond the end',
        file({ a: entry([2], [0, 8]) }, 4),
        "'a' of shape [2] needs 8 bytes, at 0 … 8",
      ],
      [
        'turned around',
        file({ a: entry([1], [4, 0]) }, 4),
        "'a' of shape [1] needs 4 bytes, at 4 … 0",
      ],
      [
        'a shape that does not fit',
        file({ a: entry([3], [0, 8]) }, 8),
        "'a' of shape [3] needs 12 bytes, at 0 … 8",
      ],
      [
        'a shape beyond all memory',
        file({ a: entry([2 ** 50, 2 ** 50, 2 ** 50], [0, 4]) }, 4),
        "'a' of shape [1125899906842624, 1125899906842624, 1125899906842624] needs 5.7",
      ],
      [
        'overlapping tensors',
        file({ a: entry([2], [0, 8]), b: entry([2], [4, 12]) }, 12),
        "'b' begins at 4, but the tensor before it ends at 8",
      ],
      [
        'twice the same range',
        file({ a: entry([1], [0, 4]), b: entry([1], [0, 4]) }, 4),
        "'b' begins at 0, but the tensor before it ends at 4",
      ],
      [
        'a hole',
        file({ a: entry([1], [4, 8]) }, 8),
        "'a' begins at 4, but the tensor before it ends at 0",
      ],
      ['bytes left over', file({ a: entry([1], [0, 4]) }, 9), "5 bytes are no tensor's"],
      [
        'metadata that are no strings',
        file({ __metadata__: { epochs: 3 } }),
        'its __metadata__ is no record of strings',
      ],
      ['metadata that are a list', file({ __metadata__: [] }), 'its __metadata__ is no record'],
    ]
    for (const [name, bytes, message] of cases)
      it(name, async () => {
        const error = await failure(() => readSafeTensors(bytes, 'w.safetensors'))
        expect(error).include(`w.safetensors is not a valid safetensors file: ${message}`)
      })

    it('bits turned at random', () => {
      const original = writeSafeTensors(
        new Map([
          ['a.weight', float32([1, 2, 3, 4], [2, 2])],
          ['a.bias', float32([1, 2], [2])],
        ]),
        { classes: 'cat, dog' },
      )
      const random = new Random(1)
      let refused = 0
      for (let i = 0; i < 1000; i++) {
        const bytes = Uint8Array.from(original)
        bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8)
        try {
          readSafeTensors(bytes, 'w.safetensors')
        } catch (error) {
          expect((error as Error).message).match(/^w\.safetensors is not a valid/)
          refused++
        }
      }
      expect(refused).within(300, 999)
    })
  })
})
