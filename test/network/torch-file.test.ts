import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { Random } from '../../src/image/random.js'
import type { TypedTensor } from '../../src/network/graph.js'
import { readSafeTensors } from '../../src/network/safetensors.js'
import { readTorchFile } from '../../src/network/torch-file.js'
import { checkpoint, oldCheckpoint, p, repeat, zip } from './hostile-files.js'
import { processorTime } from '../processor-time.js'

const folder = new URL('../fixtures/torch/', import.meta.url)
const fixture = (name: string): Buffer => readFileSync(new URL(name, folder))

/** All that an array holds, bit for bit. */
const bits = ({ data }: TypedTensor): string =>
  Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).toString('hex')

function expectSame(
  tensors: ReadonlyMap<string, TypedTensor>,
  expected: ReadonlyMap<string, TypedTensor>,
): void {
  expect([...tensors.keys()]).to.deep.equal([...expected.keys()])
  for (const [name, tensor] of tensors) {
    const right = expected.get(name)
    expect(tensor.type, name).to.equal(right?.type)
    expect(tensor.shape, name).to.deep.equal(right?.shape)
    expect(bits(tensor), name).to.equal(right && bits(right))
  }
}

/** The one clear error that reading ends in: soon, naming the file, and without taking memory. */
function refusal(bytes: Uint8Array): string {
  const start = processorTime()
  const memory = process.resourceUsage().maxRSS
  try {
    readTorchFile(bytes, 'hostile.pth')
  } catch (error) {
    expect(error).to.be.instanceOf(Error)
    const { name, message } = error as Error
    expect(name, message).to.equal('Error')
    expect(message).to.match(/^hostile\.pth cannot be read as PyTorch weights: ./)
    expect(processorTime() - start, 'milliseconds').to.be.lessThan(1000)
    expect(process.resourceUsage().maxRSS - memory, 'kilobytes').to.be.lessThan(200_000)
    return message
  }
  throw new Error('it was read')
}

describe('readTorchFile', () => {
  const expected = readSafeTensors(fixture('expected.safetensors')).tensors

  for (const file of ['tensors_zip.pth', 'tensors_old.pth', 'tensors_protocol4.pth'])
    it(`reads every type, view and shape: ${file}`, () => {
      const tensors = readTorchFile(fixture(file), file)
      expectSame(tensors, expected)
      // Those that share a storage in PyTorch are apart here.
      const whole = tensors.get('whole')?.data
      if (whole instanceof Float32Array) whole.fill(0)
      expect(Array.from(tensors.get('row')?.data ?? [], Number)).to.not.include(0)
    })

  for (const file of ['checkpoint_zip.pth', 'checkpoint_old.pth'])
    it(`finds the weights in a training checkpoint: ${file}`, () => {
      const { tensors } = readSafeTensors(fixture('network.safetensors'))
      expectSame(readTorchFile(fixture(file), file), tensors)
    })

  const ones = (size: number): Buffer =>
    p.tensor(p.storage(8), p.integer(0), p.tuple(p.integer(size)), p.tuple(p.integer(1)))
  const namesIn = (pickle: Buffer): string[] => [...readTorchFile(checkpoint(pickle)).keys()]

  it('finds the weights wherever scripts put them', () => {
    const weights = p.dict({ w: ones(8) })
    const cases = [
      p.dict({ model: weights, model_ema: p.dict({ other: ones(8) }) }),
      p.dict({ epoch: p.integer(3), generator: weights }),
      p.dict({ model: p.dict({ state_dict: weights }), loss: ones(1) }),
      p.dict({ '_orig_mod.module.w': ones(8) }),
    ]
    for (const pickle of cases) expect(namesIn(p.whole(pickle))).to.deep.equal(['w'])
    expect(namesIn(p.whole(p.dict({ 'module.w': ones(8), w: ones(2) })))).to.deep.equal([
      'module.w',
      'w',
    ])
    const twins = p.dict({ generator: weights, critic: p.dict({ v: ones(1) }) })
    expect(refusal(checkpoint(p.whole(twins)))).to.include('(generator, critic)')
  })

  it('reads what Python 2 and the first PyTorch wrote', () => {
    const [zero, one, two] = [p.integer(0), p.integer(1), p.integer(2)]
    const numbers = Float32Array.of(1, 2, 3, 4, 5)
    const part = p.tuple(p.text('9'), p.integer(3), two)
    const tensor = p.call(
      p.global('torch._utils', '_rebuild_tensor'),
      p.storage(5, 'FloatStorage', '7', part),
      zero,
      p.tuple(two),
      p.tuple(one),
    )
    const parameter = Buffer.concat([
      p.call(p.global('torch.nn.parameter', 'Parameter'), tensor),
      p.tuple(p.false, p.false, p.call(p.global('collections', 'OrderedDict'), p.list())),
      Buffer.from('b'),
    ])
    const pairs = p.list(p.list(p.oldText('w'), parameter))
    const pickle = p.whole(p.call(p.global('collections', 'OrderedDict'), pairs))
    const weights = readTorchFile(oldCheckpoint(pickle, { 7: numbers }))
    expect(weights).to.deep.equal(
      new Map([['w', { type: 'float32', shape: [2], data: Float32Array.of(4, 5) }]]),
    )

    const count = (n: number) => (): number => n
    const cases: [Buffer, string][] = [
      [oldCheckpoint(pickle, {}), 'is missing'],
      [oldCheckpoint(pickle, { 7: numbers.subarray(0, 5), 8: numbers }), 'that no tensor uses'],
      [oldCheckpoint(pickle, { 7: numbers }, { count: count(6) }), 'within the file'],
      [oldCheckpoint(pickle, { 7: numbers }, { count: count(2 ** 60) }), 'within the file'],
      [oldCheckpoint(pickle, { 7: numbers }, { count: count(-1) }), 'within the file'],
      [
        oldCheckpoint(pickle, { 7: numbers }, { count: count(4) }),
        '4 bytes of it belong to nothing',
      ],
      [
        oldCheckpoint(pickle, { 7: numbers }, { machine: p.dict({ little_endian: p.false }) }),
        'big-endian',
      ],
    ]
    for (const [bytes, why] of cases) expect(refusal(bytes)).to.include(why)
    const beyond = p.tuple(p.text('9'), p.integer(4), two)
    const cut = Buffer.from(
      pickle.toString('latin1').replace(part.toString('latin1'), beyond.toString('latin1')),
      'latin1',
    )
    expect(refusal(oldCheckpoint(cut, { 7: numbers }))).to.include('reaches beyond')
  })

  it('reads zip64, and an archive with a comment', () => {
    const parts = [
      { name: 'a/data.pkl', content: p.whole(p.dict({ w: ones(8) })) },
      { name: 'a/byteorder', content: Buffer.from('little') },
      { name: 'a/data/0', content: new Uint8Array(32) },
    ]
    for (const bytes of [zip(parts, { zip64: true }), zip(parts, { comment: 'PK\x05\x06 hello' })])
      expect(readTorchFile(bytes).get('w')?.shape).to.deep.equal([8])
  })

  describe('refuses', () => {
    it('whatever would run something, by its name', () => {
      const system = "refers to 'posix.system', which a file of weights has no need of"
      expect(refusal(fixture('attack_zip.pth'))).to.include(system)
      expect(refusal(fixture('attack_old.pth'))).to.include(system)
      expect(refusal(fixture('attack_eval.pth'))).to.include("refers to 'builtins.eval'")
      expect(existsSync('EXECUTED') || existsSync(new URL('EXECUTED', folder))).to.be.false
      const sneaky = [p.global('torch._utils', '__builtins__'), p.global('os', 'system\rX')]
      for (const name of ['constructor', '__proto__', 'toString'])
        sneaky.push(p.global('torch', name), p.global(name, name))
      for (const global of sneaky)
        expect(refusal(checkpoint(p.whole(p.call(global, p.text('x')))))).to.include('refers to')
      const string = p.call(p.text('alert'), p.text('1'))
      expect(refusal(checkpoint(p.whole(string)))).to.include('calls what is no function')
    })

    it('whole models and programs, saying what to save', () => {
      expect(refusal(fixture('whole_model.pth'))).to.match(/Sequential.*save only the weights/)
      expect(refusal(fixture('script.pth'))).to.include('TorchScript program; save its weights')
    })

    it('what is no checkpoint at all', () => {
      const cases: [Uint8Array, string][] = [
        [new Uint8Array(), 'neither as a zip'],
        [Buffer.from('hello, world'), 'neither as a zip'],
        [Buffer.from([0x80, 2, 0x4b, 7, 0x2e]), 'neither as a zip'],
        [fixture('expected.safetensors'), 'neither as a zip'],
        [zip([{ name: 'a.txt', content: Buffer.from('a') }]), 'without the entry data.pkl'],
        [checkpoint(p.whole(p.integer(1))), 'no dict'],
        [checkpoint(p.whole(p.dict({ epoch: p.integer(1) }))), 'no tensors'],
        [checkpoint(p.whole(ones(8))), 'one tensor, which has no name'],
      ]
      for (const [bytes, why] of cases) expect(refusal(bytes)).to.include(why)
    })

    it('files cut short anywhere', () => {
      for (const file of ['tensors_zip.pth', 'tensors_old.pth', 'checkpoint_old.pth']) {
        const bytes = fixture(file)
        for (let length = 0; length < bytes.length; length += length < 300 ? 1 : 13)
          refusal(bytes.subarray(0, length))
      }
    })

    it('tensors that do not lie within their storage', () => {
      const one = p.integer(1)
      const tensor = (
        shape: (number | bigint)[],
        strides: (number | bigint)[],
        offset = 0,
      ): Buffer =>
        p.tensor(
          p.storage(8),
          p.integer(offset),
          p.tuple(...shape.map(p.integer)),
          p.tuple(...strides.map(p.integer)),
        )
      const large = 2n ** 62n
      const cases: [Buffer, string][] = [
        [tensor([9], [1]), "'w' of shape [9] reaches beyond its storage of 8 numbers"],
        [tensor([2], [8]), 'reaches beyond'],
        [tensor([1], [1], 8), 'reaches beyond'],
        [tensor([8], [1], 1), 'reaches beyond'],
        [tensor([2 ** 50, 2 ** 50], [2 ** 50, 1]), 'reaches beyond'],
        [tensor([8], [-1], 7), 'strides that are none'],
        [tensor([8], [1], -1), 'strides that are none'],
        [tensor([-8], [1]), 'strides that are none'],
        [tensor([large], [1]), 'strides that are none'],
        [tensor([8], [1, 1]), '1 dimensions and 2 strides'],
        [tensor(new Array<number>(65).fill(1), new Array<number>(65).fill(1)), '65 dimensions'],
        [tensor([1e9], [0]), 'unfold to far more'],
        [tensor([1e9, 1e9, 1e9, 1e9], [0, 0, 0, 0]), 'unfold to far more'],
        [p.tensor(p.storage(8), p.fraction(0.5), p.tuple(one), p.tuple(one)), 'are none'],
        [p.tensor(p.none, p.integer(0), p.tuple(one), p.tuple(one)), 'are none'],
        [p.tensor(p.storage(9), p.integer(0), p.tuple(one), p.tuple(one)), '36 bytes, but has 32'],
        [p.tensor(p.storage(1e10), p.integer(0), p.tuple(one), p.tuple(one)), 'but has 32'],
        [p.tensor(p.storage(8, 'HalfStorage'), p.integer(0), p.tuple(one), p.tuple(one)), '16'],
        [
          p.tensor(p.storage(8, 'FloatStorage', '1'), p.integer(0), p.tuple(), p.tuple()),
          'missing',
        ],
        [p.tensor(p.storage(8, 'FloatStorage', '../../0'), one, p.tuple(), p.tuple()), 'described'],
        [p.tensor(p.storage(8, 'ComplexFloatStorage'), one, p.tuple(), p.tuple()), 'ComplexFloat'],
        [p.tensor(p.none, one, p.tuple(p.list(p.tuple())), p.tuple()), 'are none'],
      ]
      for (const [pickle, why] of cases)
        expect(refusal(checkpoint(p.whole(p.dict({ w: pickle }))))).to.include(why)
      const many = Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [i, tensor([1e6], [0])]),
      )
      expect(refusal(checkpoint(p.whole(p.dict(many))))).to.include('unfold to far more')
    })

    it('pickles that are made to take time or memory', () => {
      const pairs = p.list(...new Array<Buffer>(50_000).fill(p.tuple(p.none, p.none)))
      const laughs = Array.from({ length: 60 }, (_, i) =>
        Buffer.concat([p.tuple(...new Array<Buffer>(10).fill(p.get(i))), p.put(i + 1)]),
      )
      const nested = Array.from({ length: 60 }, (_, i) =>
        Buffer.concat([
          p.dict(Object.fromEntries(Array.from('abcdefghij', (name) => [name, p.get(i)]))),
          p.put(i + 1),
        ]),
      )
      const cases: [Buffer[], string][] = [
        [[repeat('N', 10_000_000)], 'steps'],
        [[repeat('}', 10_000_000)], 'steps'],
        [[repeat('(', 1_000_000)], 'values that it never made'],
        [[repeat(']', 1_000_000), repeat('a', 999_999)], 'no dict'],
        [[repeat('}X\x01\0\0\0a', 100_000), p.none, repeat('s', 100_000)], 'no tensors'],
        [[Buffer.from('}q\0X\x01\0\0\0ah\0s')], 'no tensors'], // a dict that holds itself
        [[p.none, p.put(0), ...laughs, p.dict({})], 'no tensors'],
        [[p.dict({}), p.put(0), ...nested], 'no tensors'],
        [
          [
            pairs,
            p.put(0),
            repeat(p.call(p.global('collections', 'OrderedDict'), p.get(0)), 50_000),
          ],
          'steps',
        ],
        [[Buffer.from([0x58, 0xff, 0xff, 0xff, 0xff])], 'cut short'],
        [[Buffer.from([0x8b, 0xff, 0xff, 0xff, 0x7f])], '0x8b'], // a number of two gigabytes
        [[Buffer.from([0x8a, 255, ...repeat('\x7f', 255)])], 'no dict'],
        [[Buffer.from([0x80, 9])], 'newer protocol'],
        [[p.get(77)], 'value 77, which it never noted'],
        [[Buffer.from('t')], 'values that it never made'],
        [[Buffer.from('Q')], 'values that it never made'],
        [[p.none, Buffer.from('Q')], 'described'],
        [[p.none, p.none, Buffer.from('R')], 'no function'],
        [[p.none, p.none, Buffer.from('a')], 'no list'],
        [[p.none, p.none, p.none, Buffer.from('s')], 'no dict'],
      ]
      for (const [pieces, why] of cases)
        expect(refusal(checkpoint(p.whole(...pieces)))).to.include(why)
    }).timeout(10_000)

    it('archives that lead out, unfold, overlap or contradict themselves', () => {
      const pickle = { name: 'a/data.pkl', content: p.whole(p.dict({ w: ones(8) })) }
      const data = { name: 'a/data/0', content: new Uint8Array(32) }
      const order = { name: 'a/byteorder', content: Buffer.from('big') }
      const zeros = Buffer.alloc(20_000_000)
      const bomb = { name: 'a/data/0', content: deflateRawSync(zeros), method: 8 }
      const ten = 10_000_000_000
      const cases: [Buffer, string][] = [
        ...['../../x', '/etc/x', 'a/../../x', '..\\x', 'C:\\x'].map((name): [Buffer, string] => [
          zip([pickle, data, { name, content: Buffer.from('x') }]),
          `leads out of it: '${name}'`,
        ]),
        [zip([pickle, { ...bomb, original: zeros.length }]), 'is compressed'],
        [zip([pickle, { ...bomb, original: ten }]), 'is compressed'],
        [zip([pickle, { ...data, original: ten }]), 'is compressed'],
        [zip([pickle, { ...data, size: ten }]), `of ${ten} bytes does not lie within the file`],
        [zip([pickle, { ...data, size: 33 }]), 'does not lie within the file'],
        [zip([pickle, { ...data, header: 5 }]), 'is not where the zip directory says'],
        [zip([pickle, { ...data, header: 4_000_000_000 }]), 'does not lie within the file'],
        [zip([pickle, { ...data, header: 0 }]), 'overlap'],
        [
          zip([
            { ...pickle, size: 300 },
            { ...data, content: zeros.subarray(0, 999) },
          ]),
          'overlap',
        ],
        [zip([pickle, data, data]), "two entries 'a/data/0'"],
        [zip([pickle, { ...data, flags: 1 }]), 'encrypted'],
        [zip([pickle, { ...data, checksum: 7 }]), "entry 'a/data/0' is damaged"],
        [zip([{ ...pickle, checksum: 7 }, data]), "entry 'a/data.pkl' is damaged"],
        [zip([pickle, order, data]), 'big-endian'],
        [zip([pickle]), 'is missing'],
        [Buffer.concat([zip([pickle, data]), Buffer.from('more')]), 'directory is missing'],
      ]
      for (const [bytes, why] of cases) expect(refusal(bytes)).to.include(why)
    })
  })

  it('reads a mutated zip right, or refuses it', () => {
    const original = fixture('tensors_zip.pth')
    const outcomes = mutate(original, 3000, (bytes) => {
      // Everything that is used has a checksum, so that what can be read is what was written.
      expectSame(readTorchFile(bytes, 'hostile.pth'), expected)
    })
    expect(outcomes.refused).to.be.greaterThan(1000)
    expect(outcomes.read).to.be.greaterThan(100)
  }).timeout(60_000)

  it('reads a mutated older file, or refuses it', () => {
    const outcomes = mutate(fixture('tensors_old.pth'), 3000, (bytes) => {
      for (const { shape, data } of readTorchFile(bytes, 'hostile.pth').values())
        expect(data.length).to.equal(shape.reduce((a, b) => a * b, 1))
    })
    expect(outcomes.refused).to.be.greaterThan(1000)
    expect(outcomes.read).to.be.greaterThan(100)
  }).timeout(60_000)
})

/** Flips bits, overwrites, removes and repeats bytes, one change or a few at a time, from a seed. */
function mutate(
  original: Buffer,
  times: number,
  read: (bytes: Buffer) => void,
): { read: number; refused: number } {
  const random = new Random(7)
  const outcomes = { read: 0, refused: 0 }
  for (let i = 0; i < times; i++) {
    let bytes = Buffer.from(original)
    for (let changes = random.pick([1, 1, 1, 5]); changes > 0; changes--) {
      const at = random.integer(bytes.length)
      const end = at + 1 + random.integer(8)
      const kind = random.integer(8)
      if (kind < 4) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8))
      else if (kind < 6) bytes.fill(random.pick([0, 1, 0x7f, 0xff, 0x28, 0x52]), at, end)
      else if (kind < 7) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
      else bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    }
    const start = processorTime()
    try {
      read(bytes)
      outcomes.read++
    } catch (error) {
      const { name, message } = error as Error
      if (name !== 'Error' || !message.startsWith('hostile.pth cannot be read')) throw error
      outcomes.refused++
    }
    expect(processorTime() - start, `milliseconds of mutation ${i}`).to.be.lessThan(1000)
  }
  return outcomes
}
