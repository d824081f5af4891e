import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { BATCH, NodeError } from '../../src/network/graph.js'
import { loadNetwork } from '../../src/network/load.js'
import { readOnnx, writeOnnx } from '../../src/network/onnx-file.js'
import { fixture } from '../reference.js'
import { countingEngine, failure, model, node } from './models.js'

const path = fileURLToPath(fixture('reference/plain/model.onnx'))

describe('loading a network', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-load-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('from a path, from bytes and from a graph it is the same', async () => {
    const bytes = await readFile(path)
    const fromPath = await loadNetwork(path)
    expect(fromPath.name).equal('model')
    expect((await loadNetwork(bytes)).digest).equal(fromPath.digest)
    expect((await loadNetwork(readOnnx(bytes))).digest).equal(fromPath.digest)
  })

  it('with a name, classes, preprocessing and engine of one’s own', async () => {
    const options = {
      name: 'mine',
      classes: 'abcdefghij'.split(''),
      preprocessing: {
        size: [32, 32] as [number, number],
        mean: [0.5, 0.5, 0.5] as [number, number, number],
        std: [1, 1, 1] as [number, number, number],
      },
      engine: countingEngine(),
    }
    const net = await loadNetwork(path, options)
    const { name, classes, preprocessing, engine } = net
    expect({ name, classes, preprocessing, engine }).deep.equal(options)
  })

  it('as ImageNet’s networks see, of another size in proportion', async () => {
    const net = await loadNetwork(path, { preprocessing: 'imagenet' })
    expect(net.preprocessing).deep.equal({
      size: [32, 32],
      resize: 37, // 32 · 256 / 224 is 36.6
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    })
    const last = await loadNetwork(writeOnnx(model([1, 64, 48, 3], [node('Relu', ['x'], 'y')])), {
      preprocessing: 'imagenet',
    })
    expect(last.preprocessing)
      .include({ resize: 55 })
      .deep.include({ size: [64, 48] })
    const thousand = model([BATCH, 1000], [node('Relu', ['x'], 'y')])
    const named = await loadNetwork(writeOnnx(thousand), { classes: 'imagenet' })
    expect(named.classes[207]).equal('golden retriever')
    expect(
      // @ts-expect-error another word
      await failure(() => loadNetwork(path, { preprocessing: 'cifar' })),
    ).equal("preprocessing: nothing is known as 'cifar'; 'imagenet' is")
  })

  it('knows whether it was told how to see', async () => {
    expect((await loadNetwork(path)).knowsPreprocessing).equal(false)
    expect((await loadNetwork(path, { preprocessing: 'imagenet' })).knowsPreprocessing).equal(true)
    expect((await loadNetwork('scenes')).knowsPreprocessing).equal(true)
  })

  it('a missing file, a damaged one, and one with an unknown operator are named', async () => {
    expect(await failure(() => loadNetwork(join(folder, 'nowhere.onnx')))).equal(
      `there is no file '${join(folder, 'nowhere.onnx')}' (from ${process.cwd()})`,
    )
    const misspelt = path.replace('model.onnx', 'modle.onnx')
    expect(await failure(() => loadNetwork(misspelt))).include('; that folder has model.onnx')
    const damaged = join(folder, 'damaged.onnx')
    await writeFile(damaged, 'not a model')
    expect(await failure(() => loadNetwork(damaged))).include(`${damaged} is not an ONNX model`)
    const odd = join(folder, 'odd.onnx')
    await writeFile(odd, writeOnnx(model([BATCH, 2], [node('Fancy', ['x'], 'y')])))
    const error: unknown = await loadNetwork(odd).catch((reason: unknown) => reason)
    expect(error).instanceOf(NodeError)
    expect((error as Error).message).equal(
      `${odd}, node 'y' (Fancy): no shape rule for operator 'Fancy'`,
    )
  })

  it('anything else says what is expected', async () => {
    expect(await failure(() => loadNetwork('scene'))).include(
      "no network 'scene'; the nearest are 'scenes'",
    )
    expect(await failure(() => loadNetwork('./model.pb'))).match(
      /^cannot tell what kind of network '.\/model.pb' is: expected a name \(scenes, .*\) or the path of an .onnx file or of a model.json$/,
    )
    expect(await failure(() => loadNetwork(Promise.resolve() as unknown as string))).equal(
      'a network is made of a name, a path, the bytes of an .onnx file, a graph or a tf.LayersModel, ' +
        "not of a promise: write 'await' before the call that returns it",
    )
  })
})
