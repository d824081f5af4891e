import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { float32, type TypedTensor } from '../../src/network/graph.js'
import { readSafeTensors, writeSafeTensors } from '../../src/network/safetensors.js'
import { embeddedFile, zooNames, zooNetwork } from '../../src/network/zoo/index.js'
import { scenesNetwork } from '../../src/network/zoo/scenes.js'
import { fixture } from '../reference.js'
import { p, zip, type ZipPart } from './hostile-files.js'
import { countingEngine, failure } from './models.js'

const squeezenet = fileURLToPath(fixture('squeezenet1_1/weights.safetensors'))

describe('the zoo', () => {
  let folder: string
  const { FOVEA_MODELS } = process.env
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-zoo-'))
  })
  beforeEach(() => {
    delete process.env.FOVEA_MODELS
  })
  after(async () => {
    if (FOVEA_MODELS === undefined) delete process.env.FOVEA_MODELS
    else process.env.FOVEA_MODELS = FOVEA_MODELS
    await rm(folder, { recursive: true })
  })

  it('an unknown name lists the nearest', async () => {
    expect(await failure(() => zooNetwork('squeezenet'))).include(
      "no network 'squeezenet'; the nearest are 'squeezenet1_0', 'squeezenet1_1'",
    )
    expect(await failure(() => zooNetwork('toString'))).include("no network 'toString'")
    expect(zooNames).include.members(['scenes', 'squeezenet1_1'])
  })

  describe('weights are looked for', () => {
    it('where the option says', async () => {
      const net = await zooNetwork('squeezenet1_1', { weights: squeezenet })
      expect(net.name).equal('squeezenet1_1')
      expect(net.classes).lengthOf(1000)
      expect(net.preprocessing.size).deep.equal([224, 224])
      expect(net.classIndex('tiger cat')).equal(282)
      const weights = join(folder, 'nowhere.safetensors')
      expect(await failure(() => zooNetwork('squeezenet1_1', { weights }))).equal(
        `the weights of 'squeezenet1_1' are not here: there is no file '${weights}'`,
      )
    })

    it('in the folder FOVEA_MODELS, in either layout', async () => {
      const flat = join(folder, 'flat')
      const nested = join(folder, 'nested')
      await mkdir(join(nested, 'squeezenet1_1'), { recursive: true })
      await mkdir(flat)
      await cp(squeezenet, join(flat, 'squeezenet1_1.safetensors'))
      await cp(squeezenet, join(nested, 'squeezenet1_1', 'weights.safetensors'))
      const digests = []
      for (const models of [flat, nested]) {
        process.env.FOVEA_MODELS = models
        digests.push((await zooNetwork('squeezenet1_1')).digest)
      }
      expect(digests[0]).equal(digests[1])
    })

    it('and may be a PyTorch checkpoint', async () => {
      const { tensors } = readSafeTensors(await readFile(squeezenet))
      const parts: ZipPart[] = []
      const items: Record<string, Buffer> = {}
      for (const [name, { type, shape, data }] of tensors) {
        const key = String(parts.length)
        parts.push({ name: `archive/data/${key}`, content: new Uint8Array(data.buffer) })
        const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
        items[`module.${name}`] = p.tensor(
          p.storage(data.length, type === 'float16' ? 'HalfStorage' : 'FloatStorage', key),
          p.integer(0),
          p.tuple(...shape.map(p.integer)),
          p.tuple(...strides.map(p.integer)),
        )
      }
      const content = p.whole(p.dict({ epoch: p.integer(3), state_dict: p.dict(items) }))
      const weights = join(folder, 'squeezenet.pth')
      await writeFile(weights, zip([{ name: 'archive/data.pkl', content }, ...parts]))
      const net = await zooNetwork('squeezenet1_1', { weights })
      expect(net.digest).equal((await zooNetwork('squeezenet1_1', { weights: squeezenet })).digest)
    })

    it('and where there are none, the message says where they may be put', async () => {
      const { fetch } = globalThis
      const cache = process.env.XDG_CACHE_HOME
      globalThis.fetch = () => Promise.reject(new TypeError('fetch failed'))
      process.env.XDG_CACHE_HOME = join(folder, 'cache')
      process.env.FOVEA_MODELS = join(folder, 'empty')
      try {
        const message = await failure(() => zooNetwork('squeezenet1_1'))
        expect(message).include("the weights of 'squeezenet1_1' are not here")
        expect(message).include(`${join(folder, 'empty')} (FOVEA_MODELS) holds none of`)
        expect(message).include('/squeezenet1_1-b8a52dc0.pth cannot be reached (fetch failed)')
      } finally {
        globalThis.fetch = fetch
        if (cache === undefined) delete process.env.XDG_CACHE_HOME
        else process.env.XDG_CACHE_HOME = cache
      }
    })
  })

  describe('weights that are not those of the network', () => {
    let weights: Map<string, TypedTensor>
    before(async () => {
      weights = readSafeTensors(await readFile(squeezenet)).tensors
    })
    const loaded = async (change: (weights: Map<string, TypedTensor>) => void): Promise<string> => {
      const changed = new Map(weights)
      change(changed)
      const file = join(folder, 'changed.safetensors')
      await writeFile(file, writeSafeTensors(changed))
      return failure(() => zooNetwork('squeezenet1_1', { weights: file }))
    }

    it('one is missing', async () => {
      expect(await loaded((w) => w.delete('features.3.squeeze.bias'))).equal(
        "the weights of 'squeezenet1_1' lack 'features.3.squeeze.bias'",
      )
    })
    it('one too many', async () => {
      expect(await loaded((w) => w.set('fc.weight', float32([1], [1])))).equal(
        "the weights of 'squeezenet1_1' hold 'fc.weight', which the architecture does not have",
      )
    })
    it('one of another shape', async () => {
      expect(await loaded((w) => w.set('features.0.bias', float32([1, 2], [2])))).equal(
        "weight 'features.0.bias' of 'squeezenet1_1' is [2], but the architecture has [64]",
      )
    })
    it('no weights at all', async () => {
      const file = join(folder, 'text.safetensors')
      await writeFile(file, 'hello, I am text')
      expect(await failure(() => zooNetwork('squeezenet1_1', { weights: file }))).include(
        `${file} is not a valid safetensors file`,
      )
    })
  })

  it('options of the network are passed on', async () => {
    const engine = countingEngine()
    const options = { weights: squeezenet, name: 'mine', engine }
    const net = await zooNetwork('squeezenet1_1', options)
    expect(net.name).equal('mine')
    expect(net.engine).equal(engine)
  })

  it('the embedded network lies in the package, under its architecture’s names', async () => {
    const { tensors, metadata } = readSafeTensors(
      await readFile(embeddedFile('scenes.safetensors')),
    )
    const net = await zooNetwork('scenes')
    expect(net.classes).deep.equal(metadata.classes?.split(', '))
    const graph = scenesNetwork(tensors, net.classes.length)
    expect([...graph.constants.keys()]).members([...tensors.keys()])
    for (const layer of ['conv1', 'conv5', 'fc6', 'fc7', 'fc8'])
      expect(net.layers.map(({ name }) => name)).include(layer)
  })
})
