/** Files of Keras models: what is in them, damaged ones, and formats that tf.js does not write itself. */
import { expect } from 'chai'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Image } from '../../src/image/image.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import { float32, Graph, type TypedTensor } from '../../src/network/graph.js'
import { convert } from '../../src/network/tfjs/keras/convert.js'
import { pixelRange, readTfjsModel } from '../../src/network/tfjs/index.js'
import { loadNetwork } from '../../src/network/load.js'
import { Network } from '../../src/network/network.js'
import { rejection } from '../rejection.js'
import { processorTime } from '../processor-time.js'

const fixture = fileURLToPath(new URL('../fixtures/tfjs/tiny/', import.meta.url))
const shards = ['group1-shard1of2.bin', 'group1-shard2of2.bin'] as const

interface Expected {
  shape: [number, number, number, number]
  input: number[]
  output: number[]
}

/** [N, H, W, C] as [N, C, H, W]. */
function channelsFirst([n, h, w, c]: Expected['shape'], data: readonly number[]): Float32Array {
  return Float32Array.from(data, (_, i) => {
    const [image, rest] = [Math.floor(i / (c * h * w)), i % (c * h * w)]
    const [channel, position] = [Math.floor(rest / (h * w)), rest % (h * w)]
    return data[image * h * w * c + position * c + channel]!
  }).slice(0, n * c * h * w)
}

async function expectFixture(graph: Graph): Promise<void> {
  const text = await readFile(join(fixture, 'expected.json'), 'utf8')
  const { shape, input, output } = JSON.parse(text) as Expected
  const [n, h, w, c] = shape
  const net = await Network.from(graph)
  const { predictions } = await net.run(
    { data: channelsFirst(shape, input), shape: [n, c, h, w] },
    { layers: ['predictions'] },
  )
  output.forEach((value, i) => expect(predictions!.data[i]).to.be.closeTo(value, 1e-5))
}

describe('model.json', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-'))
    await cp(fixture, folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true }))

  const path = (name: string): string => join(folder, name)
  const read = (): Promise<Graph> => readTfjsModel(path('model.json'))

  /** Changes the JSON as text, as the object it holds, and reads it. */
  async function changed(change: (file: Json) => void): Promise<string> {
    const file = JSON.parse(await readFile(path('model.json'), 'utf8')) as Json
    change(file)
    await writeFile(path('model.json'), JSON.stringify(file))
    const { message } = await rejection(read())
    expect(message).to.contain(path('model.json'))
    return message
  }
  interface Json {
    [key: string]: unknown
    modelTopology: { model_config: { class_name: string; config: { layers: LayerJson[] } } }
    weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[]
  }
  interface LayerJson {
    class_name: string
    config: Record<string, unknown>
  }
  const layer = (file: Json, i: number): LayerJson =>
    file.modelTopology.model_config.config.layers[i]!

  it('gives what tf.js computes, with quantised weights in two files', async () => {
    const graph = await read()
    expect(graph.name).to.equal('tiny')
    await expectFixture(graph)
  })

  describe('at an address', () => {
    let server: Server
    let address: string
    const asked: string[] = []
    before(async () => {
      server = createServer((request, response) => {
        asked.push(request.url ?? '')
        const name = (request.url ?? '').split('?')[0]!.split('/').at(-1)!
        readFile(join(fixture, name)).then(
          (bytes) => response.end(bytes),
          () => response.writeHead(404).end(),
        )
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/nets`
    })
    after(() => server.close())

    it('is fetched with its weights', async () => {
      await expectFixture(await readTfjsModel(`${address}/model.json?token=1`))
      expect(asked).to.deep.equal(['model.json', ...shards].map((name) => `/nets/${name}?token=1`))
    })

    it('is missed with the address and the reason', async () => {
      const missing = await rejection(readTfjsModel(`${address}/other.json`))
      expect(missing.message).to.match(/other\.json cannot be fetched: 404/)
      const nobody = await rejection(readTfjsModel('http://127.0.0.1:9/model.json'))
      expect(nobody.message).to.match(/127\.0\.0\.1:9\/model\.json cannot be fetched: /)
    })
  })

  it('says what is not there', async () => {
    expect((await rejection(readTfjsModel(path('other.json')))).message).to.match(
      /no file '.*other\.json'/,
    )
    await rm(path(shards[1]))
    expect((await rejection(read())).message).to.match(
      /model\.json: there is no file 'group1-shard2of2\.bin'/,
    )
  })

  it('says that weights are too short or too long', async () => {
    const bytes = await readFile(path(shards[1]))
    await writeFile(path(shards[1]), bytes.subarray(1))
    const short = (await rejection(read())).message
    expect(short).to.match(/'conv\/kernel' to '.*' need 578 bytes, but '.*' has 577/)
    await writeFile(path(shards[1]), Buffer.concat([bytes, bytes]))
    expect((await rejection(read())).message).to.match(/need 578 bytes, but '.*' has more/)
  })

  it('reads no file outside the folder', async () => {
    for (const name of [
      '../secret',
      '/etc/passwd',
      'a/../../b',
      'file:///etc/passwd',
      'C:\\x',
      '..\\x',
      '',
    ])
      expect(await changed((file) => (file.weightsManifest[0]!.paths[0] = name))).to.match(
        /cannot be a file of weights/,
      )
  })

  it('says that it is no JSON, or no model', async () => {
    const text = await readFile(path('model.json'), 'utf8')
    for (const [broken, message] of [
      [text.slice(0, 900), /model\.json: it is no JSON/],
      ['', /it is no JSON/],
      ['[]', /has no 'modelTopology'/],
      ['{"modelTopology":{}}', /'weightsManifest' is undefined/],
      ['{"modelTopology":{},"weightsManifest":[]}', /model is of class undefined/],
    ] as const) {
      await writeFile(path('model.json'), broken)
      expect((await rejection(read())).message).to.match(message)
    }
  })

  it('says which weight or option is not as it should be', async () => {
    const weight = (file: Json): Record<string, unknown> => file.weightsManifest[0]!.weights[0]!
    const cases: [(file: Json) => void, RegExp][] = [
      [(file) => (weight(file).name = 'cnov/kernel'), /layer 'conv' \(Conv2D\): no weight 'conv\/kernel'; the nearest are 'cnov\/kernel'/],
      [(file) => (weight(file).shape = [4, 3, 3, 3]), /layer 'conv' .*'kernel' is \[4, 3, 3, 3\]; expected \[3, 3, 3, 4\]/],
      [(file) => (weight(file).shape = [3, -3]), /shape of weight 'conv\/kernel' is \[3,-3\]/],
      [(file) => (weight(file).shape = [1e12, 1e12]), /shape of weight/],
      [(file) => (weight(file).dtype = 'string'), /dtype of weight 'conv\/kernel' is "string"/],
      [(file) => (weight(file).quantization = { dtype: 'uint8' }), /quantization .*'scale' and 'min'/],
      [(file) => (weight(file).name = 'conv/bias'), /two weights 'conv\/bias'/],
      [(file) => (layer(file, 1).class_name = 'Conv2d'), /layer 'conv' \(Conv2d\): .*nearest .*Conv2D/],
      [(file) => (layer(file, 1).class_name = 'Lambda'), /layer 'conv' \(Lambda\): .*stands in the code/],
      [(file) => (layer(file, 1).config.filters = 'many'), /its 'filters' is "many"; expected a whole number/],
      [(file) => (layer(file, 1).config.padding = 'causal'), /'padding' is "causal"; expected 'valid' or 'same'/],
      [(file) => (layer(file, 1).config.activation = 'rellu'), /no activation "rellu"|no activation '"rellu"'; the nearest are 'relu'/],
      [(file) => (layer(file, 1).config.name = 'norm'), /two layers 'norm'/],
      [(file) => (layer(file, 4).config.units = 4), /layer 'predictions' .*'kernel' is \[64, 3\]; expected \[64, 4\]/],
      [(file) => (layer(file, 0).config.batch_input_shape = [null, null, null, 3]), /say how large images shall be/],
      [(file) => (layer(file, 0).config.batch_input_shape = [null, 8, 8]), /expected images, with four axes/],
    ] // prettier-ignore
    for (const [change, message] of cases) {
      await cp(fixture, folder, { recursive: true })
      expect(await changed(change)).to.match(message)
    }
  })

  it('takes the size of its images where it leaves it free', async () => {
    const file = JSON.parse(await readFile(path('model.json'), 'utf8')) as Json
    layer(file, 0).config.batch_input_shape = [null, null, null, 3]
    await writeFile(path('model.json'), JSON.stringify(file))
    await expectFixture(await readTfjsModel(path('model.json'), { size: [8, 8] }))
  })

  it('refuses what is nested a hundred thousand deep', async () => {
    const text = await readFile(path('model.json'), 'utf8')
    const deep = (open: string, close: string): string => open.repeat(1e5) + '0' + close.repeat(1e5)
    for (const [value, message] of [
      [deep('[', ']'), /its 'filters' is .*nested/],
      [
        deep('{"class_name":"Activation","config":{"activation":', '}}'),
        /its 'filters' is .*nested/,
      ],
    ] as const) {
      await writeFile(path('model.json'), text.replace('"filters": 4', `"filters": ${value}`))
      expect((await rejection(read())).message).to.match(message)
    }
    const activation = deep('{"class_name":"Activation","config":{"activation":', '}}')
    await writeFile(
      path('model.json'),
      text.replace('"activation": "relu"', `"activation": ${activation}`),
    )
    expect((await rejection(read())).message).to.match(/no activation/)
  })

  it('survives a few hundred mutations', async () => {
    const text = await readFile(path('model.json'), 'utf8')
    const bytes = await readFile(path(shards[0]))
    let intact = 0
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(mixSeeds(seed))
      await writeFile(path('model.json'), mutated(text, random))
      const damaged = Buffer.from(bytes)
      if (seed % 4 === 0) damaged[random.integer(damaged.length)]! ^= 1 << random.integer(8)
      const length = seed % 8 === 1 ? random.integer(bytes.length) : bytes.length
      await writeFile(path(shards[0]), damaged.subarray(0, length))
      const start = processorTime()
      try {
        expect(await read()).to.be.instanceOf(Graph)
        intact++
      } catch (error) {
        const { message, name } = error as Error
        expect(name, `seed ${seed}: ${message}`).to.equal('FormatError')
        expect(message.length, message).to.be.within(40, 1000)
      }
      expect(processorTime() - start).to.be.lessThan(1000)
    }
    expect(intact).to.be.within(20, 380)
  })
})

/** JSON with one or two values replaced by others or left out, or one character of it changed. */
function mutated(text: string, random: Random): string {
  if (random.uniform() < 0.2) {
    const at = random.integer(text.length)
    return text.slice(0, at) + random.pick(['', '"', '0', ',', '[']) + text.slice(at + 1)
  }
  const root = JSON.parse(text) as Record<string, unknown>
  const places: { holder: Record<string, unknown>; key: string }[] = []
  const visit = (holder: Record<string, unknown>): void => {
    for (const key of Object.keys(holder)) {
      places.push({ holder, key })
      const value = holder[key]
      if (typeof value === 'object' && value !== null) visit(value as Record<string, unknown>)
    }
  }
  visit(root)
  const others = [
    null,
    -1,
    0,
    2,
    1e9,
    2 ** 53,
    0.5,
    '',
    'same',
    'elu',
    'Add',
    true,
    [],
    {},
    [-1],
    [['conv', 0, 0]],
  ]
  for (let i = random.integer(2); i >= 0; i--) {
    const { holder, key } = random.pick(places)
    const from = random.pick(places)
    if (random.uniform() < 0.2) delete holder[key]
    else
      holder[key] =
        random.uniform() < 0.5 ? random.pick(others) : structuredClone(from.holder[from.key])
  }
  return JSON.stringify(root)
}

describe('loadNetwork', () => {
  it('takes model.json, and gives it the pixels that it expects', async () => {
    const net = await loadNetwork(join(fixture, 'model.json'), { classes: ['a', 'b', 'c'] })
    expect(net.name).to.equal('tiny')
    expect(net.preprocessing).to.deep.equal({ size: [8, 8], mean: [0, 0, 0], std: [1, 1, 1] })

    const folder = await mkdtemp(join(tmpdir(), 'fovea-'))
    await cp(fixture, folder, { recursive: true })
    const text = await readFile(join(folder, 'model.json'), 'utf8')
    await writeFile(join(folder, 'model.json'), text.replace('"scale": 2,', `"scale": ${2 / 255},`))
    const bytes = await loadNetwork(join(folder, 'model.json'))
    await rm(folder, { recursive: true })
    const random = new Random(1)
    const pixels = Float32Array.from({ length: 3 * 64 }, () => random.uniform())
    const image = new Image(8, 8, pixels)
    const [ours, theirs] = [await bytes.scoresOf(image), await net.scoresOf(image)]
    theirs.data.forEach((score, i) => expect(ours.data[i]).to.be.closeTo(score, 1e-5))
  })

  it('says what it takes', async () => {
    const { message } = await rejection(loadNetwork({} as never))
    expect(message).to.match(/made of a name, .* or a tf\.LayersModel, not of an object/)
  })
})

describe('Keras configurations', () => {
  /** A functional model of these layers; each reads the one before, unless it says what. */
  interface Row {
    kind: string
    name?: string
    config?: Record<string, unknown>
    from?: string[]
  }
  const functional = (shape: number[], rows: Row[], version = '2.15.0') => {
    const named = rows.map((row, i) => ({ ...row, name: row.name ?? `layer${i}` }))
    const tensors = (names: string[]): unknown[] => names.map((name) => [name, 0, 0, {}])
    return {
      keras_version: version,
      model_config: {
        class_name: 'Functional',
        config: {
          name: 'model',
          layers: [
            { class_name: 'InputLayer', name: 'x', config: { batch_input_shape: [null, ...shape] }, inbound_nodes: [] },
            ...named.map(({ kind, name, config = {}, from }, i) => ({
              class_name: kind,
              name,
              config,
              inbound_nodes: [tensors(from ?? [named[i - 1]?.name ?? 'x'])],
            })),
          ],
          input_layers: [['x', 0, 0]],
          output_layers: [[named.at(-1)!.name, 0, 0]],
        },
      },
    } // prettier-ignore
  }

  async function run(
    topology: Record<string, unknown>,
    shape: number[],
    input: number[],
    weights: Record<string, TypedTensor> = {},
  ): Promise<number[]> {
    const net = await Network.from(convert(topology, new Map(Object.entries(weights))))
    const [output] = Object.values(
      await net.run({ data: Float32Array.from(input), shape: [1, ...shape] }),
    )
    return [...output!.data]
  }

  const close = (ours: number[], theirs: number[]): void => {
    expect(ours.length).to.equal(theirs.length)
    theirs.forEach((value, i) => expect(ours[i]).to.be.closeTo(value, 1e-5))
  }

  it('ReLU with a threshold, a slope and a maximum', async () => {
    const options = { threshold: 1, negative_slope: 0.5, max_value: 3 }
    const model = functional([6], [{ kind: 'ReLU', config: options }])
    close(await run(model, [6], [-2, 0, 1, 2, 3, 5]), [-1.5, -0.5, 1, 2, 3, 3])
    const leaky = functional([3], [{ kind: 'ReLU', config: { negative_slope: 0.5 } }])
    close(await run(leaky, [3], [-2, 0, 2]), [-1, 0, 2])
    const shifted = functional([3], [{ kind: 'ThresholdedReLU', config: { theta: 1 } }])
    close(await run(shifted, [3], [0.5, 1, 1.5]), [0, 1, 1.5])
  })

  it('a layer as the activation of another', async () => {
    const activation = { class_name: 'LeakyReLU', config: { alpha: 0.5 } }
    const dense = {
      kind: 'Dense',
      name: 'dense',
      config: { units: 2, use_bias: false, activation },
    }
    const weights = { 'dense/kernel': float32([1, 0, 0, 1], [2, 2]) }
    close(await run(functional([2], [dense]), [2], [-2, 3], weights), [-1, 3])
  })

  it('hard_sigmoid of Keras 2 and of Keras 3', async () => {
    const rows = [{ kind: 'Activation', config: { activation: 'hard_sigmoid' } }]
    close(await run(functional([2], rows), [2], [1, 4]), [0.7, 1])
    close(await run(functional([2], rows, '3.4.1'), [2], [1, 4]), [0.5 + 1 / 6, 1])
  })

  it('bilinear upsampling of TensorFlow 2, from pixel centres', async () => {
    const rows = [{ kind: 'UpSampling2D', config: { size: [1, 2], interpolation: 'bilinear' } }]
    close(await run(functional([1, 2, 1], rows), [1, 1, 2], [0, 4]), [0, 1, 3, 4])
  })

  it('grouped convolution', async () => {
    const config = { filters: 2, kernel_size: [1, 1], groups: 2, use_bias: false }
    const model = functional([1, 1, 4], [{ kind: 'Conv2D', name: 'conv', config }])
    const weights = { 'conv/kernel': float32([1, 10, 2, 20], [1, 1, 2, 2]) }
    close(await run(model, [4, 1, 1], [1, 2, 3, 4], weights), [1 + 4, 30 + 80])
  })

  it('transposed convolution with output padding', async () => {
    const config = {
      filters: 1, kernel_size: [1, 3], strides: [1, 2], padding: 'same', output_padding: [0, 1], use_bias: false,
    } // prettier-ignore
    const model = functional([1, 2, 1], [{ kind: 'Conv2DTranspose', name: 'up', config }])
    const weights = { 'up/kernel': float32([1, 10, 100], [1, 3, 1, 1]) }
    // Full: 1 10 100+2 20 200; SAME to 4 of 5 cuts one after.
    close(await run(model, [1, 1, 2], [1, 2], weights), [1, 10, 102, 20])
  })

  it('Normalization and Rescaling by channel, Resizing and global pooling with their axes kept', async () => {
    const rows: Row[] = [
      { kind: 'Normalization', name: 'norm', config: { axis: [-1] } },
      { kind: 'Rescaling', config: { scale: [1, 2], offset: [0.5, 0] } },
      { kind: 'Resizing', config: { height: 2, width: 2, interpolation: 'nearest' } },
      { kind: 'GlobalMaxPooling2D', config: { keepdims: true } },
    ]
    const weights = {
      'norm/mean': float32([1, 2], [2]),
      'norm/variance': float32([4, 9], [2]),
      'norm/count': { type: 'int32' as const, shape: [], data: Int32Array.of(3) },
    }
    close(await run(functional([1, 1, 2], rows), [2, 1, 1], [5, 8], weights), [2.5, 4])
  })

  it('tells whether pixels are to be 0 … 255', () => {
    const range = (kind: string, config: Record<string, unknown>): number =>
      pixelRange(
        convert(functional([1, 1, 3], [{ kind: 'RandomFlip' }, { kind, config }]), new Map()),
      )
    expect(range('Rescaling', { scale: 1 / 255 })).to.equal(255)
    expect(range('Rescaling', { scale: 1 / 127.5, offset: -1 })).to.equal(255)
    expect(range('Rescaling', { scale: 2, offset: -1 })).to.equal(1)
    expect(
      range('Normalization', { axis: -1, mean: [124, 117, 104], variance: [1, 1, 1] }),
    ).to.equal(255)
    expect(
      range('Normalization', { axis: -1, mean: [0, 0, 0], variance: [3e3, 3e3, 3e3] }),
    ).to.equal(255)
    expect(
      range('Normalization', { axis: -1, mean: [0.5, 0.4, 0.4], variance: [0.1, 0.1, 0.1] }),
    ).to.equal(1)
    expect(range('ReLU', {})).to.equal(1)
  })

  it('random augmentation does nothing at inference', async () => {
    const rows = ['RandomFlip', 'RandomRotation', 'RandomZoom', 'GaussianNoise'].map((kind) => ({
      kind,
    }))
    close(await run(functional([1, 1, 2], rows), [2, 1, 1], [1, 2]), [1, 2])
  })

  it("Keras 3's way of writing it", async () => {
    const tensor = (name: string) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 2], dtype: 'float32', keras_history: [name, 0, 0] },
    })
    const topology = {
      keras_version: '3.4.1',
      model_config: {
        class_name: 'Functional',
        config: {
          name: 'three',
          layers: [
            {
              class_name: 'InputLayer',
              name: 'x',
              config: { batch_shape: [null, 2] },
              inbound_nodes: [],
            },
            {
              class_name: 'Dense',
              name: 'dense',
              config: {
                units: 2,
                activation: {
                  module: 'builtins',
                  class_name: 'function',
                  config: 'relu',
                  registered_name: 'function',
                },
              },
              inbound_nodes: [{ args: [tensor('x')], kwargs: {} }],
            },
            {
              class_name: 'Add',
              name: 'add',
              config: {},
              inbound_nodes: [{ args: [[tensor('dense'), tensor('x')]], kwargs: {} }],
            },
          ],
          input_layers: ['x', 0, 0],
          output_layers: ['add', 0, 0],
        },
      },
    }
    const weights = {
      'three/dense/kernel': float32([1, 0, 0, -1], [2, 2]),
      'three/dense/bias': float32([0, 0], [2]),
    }
    close(await run(topology, [2], [3, 4], weights), [6, 4])
  })

  it('names the layers of a cycle', () => {
    const rows: Row[] = [
      { kind: 'Add', name: 'a', from: ['x', 'b'] },
      { kind: 'ReLU', name: 'b', from: ['a'] },
    ]
    expect(() => convert(functional([2], rows), new Map())).to.throw(/cycle, through '.', '.'/)
  })

  it('names the nearest of a layer that is read but not there', () => {
    const rows: Row[] = [
      { kind: 'ReLU', name: 'relu' },
      { kind: 'Add', name: 'add', from: ['relu', 'rleu'] },
    ]
    expect(() => convert(functional([2], rows), new Map())).to.throw(
      /layer 'add' \(Add\): no layer 'rleu'; the nearest are 'relu'/,
    )
  })

  it('reads thousands of layers, and refuses models that unfold into millions', () => {
    const rows = Array.from({ length: 4000 }, (): Row => ({ kind: 'ReLU' }))
    const start = processorTime()
    expect(convert(functional([2], rows), new Map()).nodes.length).to.equal(4000)

    let model: unknown = { class_name: 'Sequential', name: 'm', config: { name: 'm', layers: [{ class_name: 'ReLU', config: { name: 'r', batch_input_shape: [null, 2] } }] } } // prettier-ignore
    for (let depth = 0; depth < 25; depth++) {
      const inner = model as { name: string }
      const layers = [
        {
          class_name: 'InputLayer',
          name: 'x',
          config: { batch_input_shape: [null, 2] },
          inbound_nodes: [],
        },
        { ...inner, inbound_nodes: [[['x', 0, 0]], [[inner.name, 1, 0]]] },
      ]
      const config = {
        name: `m${depth}`,
        layers,
        input_layers: [['x', 0, 0]],
        output_layers: [[inner.name, 2, 0]],
      }
      model = { class_name: 'Functional', name: `m${depth}`, config }
    }
    expect(() => convert(model as Record<string, unknown>, new Map())).to.throw(
      /more than \d+ layers/,
    )
    for (let depth = 0; depth < 20; depth++)
      model = {
        class_name: 'Sequential',
        name: `s${depth}`,
        config: { name: `s${depth}`, layers: [model] },
      }
    expect(() => convert(model as Record<string, unknown>, new Map())).to.throw(/nested more than/)
    expect(processorTime() - start).to.be.lessThan(5000)
  })
})
