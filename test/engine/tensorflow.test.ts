import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { applyGraph } from '../../src/engine/tensorflow/apply.js'
import { type Tensor, tf } from '../../src/engine/tensorflow/tf.js'
import { tensorflow, tensorflowEngine } from '../../src/engine/tensorflow.js'
import { loadImage } from '../../src/image/load.js'
import { float32, Graph, int64 } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readSafeTensors } from '../../src/network/safetensors.js'
import { squeezenet1_1 } from '../../src/network/zoo/squeezenet.js'
import { classScore } from '../../src/objectives/scores.js'
import { model, node } from '../network/models.js'
import { fixture, reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'

const x = float32([-1, 2, -3, 4], [2, 2])

/** y = max(0, x) · w */
const small = (): Graph =>
  model([2, 2], [node('Relu', ['x'], 'z'), node('MatMul', ['z', 'w'], 'y')], {
    constants: { w: float32([1, 2, 3, 4], [2, 2]) },
  })

describe('the tensorflow engine', () => {
  it('says which backend computes, once one does', async () => {
    const engine = tensorflowEngine({ backend: 'plain' })
    expect(engine.version).equal(`tfjs ${tf.version.tfjs}`)
    const program = await engine.compile(small())
    expect(engine.version).equal(`tfjs ${tf.version.tfjs} (plain)`)
    const { y } = await program.run({ x })
    expect(Array.from(y!.data as Float32Array)).deep.equal([6, 8, 12, 16])
    await program.release()
  })

  it('keeps element types that tf does not have', async () => {
    const types = ['float64', 'float16', 'int64', 'int8', 'uint8'] as const
    const codes = { float64: 11, float16: 10, int64: 7, int8: 3, uint8: 2 }
    const graph = model(
      [2, 2],
      types.map((type) => node('Cast', ['x'], type, { to: codes[type] })),
      {
        outputs: [...types],
      },
    )
    const program = await tensorflow.compile(graph)
    const results = await program.run({ x: float32([0, 2, 3, 4], [2, 2]) })
    for (const type of types) {
      expect(results[type]!.type).equal(type)
      expect(Array.from(results[type]!.data, Number)).deep.equal([0, 2, 3, 4])
    }
    await program.release()
  })

  it('uploads weights once and frees everything else after each run', async () => {
    const torch = await reference('residual', tensorflow)
    const { net } = torch
    const input = torch.tensor('input')
    const target = { of: classScore(torch.settings.target) }
    const before = tf.memory().numTensors
    await net.gradient(input, target)
    const compiled = tf.memory()
    expect(compiled.numTensors).above(before)
    for (let i = 0; i < 3; i++) await net.gradient(input, target)
    expect(tf.memory().numTensors).equal(compiled.numTensors)
    expect(tf.memory().numBytes).equal(compiled.numBytes)
    await net.release()
    expect(tf.memory().numTensors).equal(before)
  })

  it('holds no activation longer than it is needed', async () => {
    // A chain of layers, of which two at a time must be in memory.
    const size = 1 << 16
    const names = Array.from({ length: 20 }, (_, i) => `r${i}`)
    const chain = names.map((name, i) => node('Neg', [names[i - 1] ?? 'x'], name))
    const program = await tensorflow.compile(model([size], chain))
    const before = tf.memory().numBytes
    const { peakBytes } = await tf.profile(async () => {
      await program.run({ x: float32(new Float32Array(size), [size]) })
      return []
    })
    expect(peakBytes - before).within(2 * 4 * size, 3 * 4 * size)
    await program.release()
  })

  it('frees what it had uploaded where a graph cannot be run', async () => {
    const fancy = model([2, 2], [node('Relu', ['x'], 'z'), node('Fancy', ['z', 'w'], 'y')], {
      constants: { w: float32([1], [1]) },
    })
    const before = tf.memory().numTensors
    expect((await rejection(tensorflow.compile(fancy))).message).equal(
      "node 'y' (Fancy): operator 'Fancy' is not implemented in the tensorflow engine",
    )
    const wrong = model([2, 2], [node('Reshape', ['w', 's'], 'z'), node('Add', ['x', 'z'], 'y')], {
      constants: { w: float32([1], [1]), s: int64([7]) },
    })
    expect((await rejection(tensorflow.compile(wrong))).message).match(/^node 'z' \(Reshape\): /)
    expect(tf.memory().numTensors).equal(before)
  })

  it('names the node that fails, and the input that is missing', async () => {
    const program = await tensorflow.compile(small())
    const before = tf.memory().numTensors
    const misshapen = { x: float32([1, 2, 3], [1, 3]) }
    expect((await rejection(program.run(misshapen))).message).match(/^node 'y' \(MatMul\): .*1,3/)
    expect((await rejection(program.run({}))).message).equal("the graph's input 'x' was not fed")
    expect(tf.memory().numTensors).equal(before)
    await program.release()
  })

  it('says what to install where a backend is not there', async function () {
    try {
      createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu')
      this.skip()
    } catch {
      const engine = tensorflowEngine({ backend: 'node-gpu' })
      expect((await rejection(engine.compile(small()))).message).equal(
        "the tensorflow backend 'node-gpu' is not installed: npm install @tensorflow/tfjs-node-gpu",
      )
    }
  })

  for (const backend of ['wasm', 'plain'] as const)
    it(`${backend}: writes nothing and leaves the process's error handling alone`, async () => {
      const script = `
        import { tensorflowEngine } from './src/engine/tensorflow.js'
        import { Graph, float32 } from './src/network/graph.js'
        const events = ['uncaughtException', 'unhandledRejection']
        const before = events.map((event) => process.listenerCount(event))
        const graph = new Graph()
        graph.inputs = [{ name: 'x', type: 'float32', shape: [1] }]
        graph.nodes = [{ op: 'Relu', name: 'y', inputs: ['x'], outputs: ['y'], attributes: {} }]
        graph.outputs = graph.inputs.map((port) => ({ ...port, name: 'y' }))
        const program = await tensorflowEngine({ backend: '${backend}' }).compile(graph)
        await program.run({ x: float32([1], [1]) })
        const after = events.map((event) => process.listenerCount(event))
        if (after.join() !== before.join()) console.log('handlers were installed')
      `
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '--eval', script],
        { cwd: new URL('../..', import.meta.url) },
      )
      expect(stdout + stderr).equal('')
    })

  it('SqueezeNet 1.1 on a photograph equals PyTorch', async () => {
    const read = (file: string) =>
      readSafeTensors(readFileSync(fixture(`squeezenet1_1/${file}.safetensors`))).tensors
    const weights = read('weights')
    const golden = read('golden')
    const graph = squeezenet1_1((name) => {
      const { shape, data } = weights.get(name)!
      return float32(Float32Array.from(data as ArrayLike<number>), shape)
    })
    const net = await Network.from(graph, {
      engine: tensorflow,
      preprocessing: { size: [224, 224], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    })
    const photo = await loadImage(readFileSync(fixture('dog_cat_224.png')))
    const torch = (name: string) => {
      const { shape, data } = golden.get(`dog_cat.${name}`)!
      return { shape, data: data as Float32Array }
    }
    expect(relativeError(await net.scoresOf(photo), torch('logits'))).below(1e-3)
    const gradient = await net.gradient(photo, { of: classScore(243) })
    expect(relativeError(gradient, torch('c243.input_grad'))).below(1e-3)
    await net.release()
  })
})

describe('a graph as a function of tf', () => {
  before(async () => (await tensorflow.compile(small())).release()) // WASM computes from here on

  for (const name of referenceNetworks)
    it(`tf.grad of the network '${name}' equals PyTorch's gradient`, async () => {
      const torch = await reference(name)
      const { target } = torch.settings
      const before = tf.memory().numTensors
      const scores = applyGraph(torch.net.graph)
      const input = torch.tensor('input')
      const [logits, gradient] = tf.tidy(() => {
        const x = tf.tensor(input.data, input.shape)
        const score = (x: Tensor): Tensor => tf.sum(tf.gather(scores(x), [target], 1))
        return [scores(x), tf.grad(score)(x)].map((tensor) => ({
          data: Float32Array.from(tensor.dataSync()),
          shape: [...tensor.shape],
        }))
      }) as unknown as [typeof input, typeof input]
      expect(relativeError(logits, torch.tensor('logits'))).below(1e-4)
      expect(gradient.shape).deep.equal(input.shape)
      expect(relativeError(gradient, torch.tensor('gradient'))).below(1e-4)
      const library = await torch.net.gradient(input, { of: classScore(target) })
      expect(relativeError(gradient, library)).below(1e-4)
      scores.dispose()
      expect(tf.memory().numTensors).equal(before)
      await torch.net.release()
    })

  it('leaves no tensors but the weights and the result', () => {
    const scores = applyGraph(small())
    const input = tf.tensor2d([1, 2, 3, 4], [2, 2])
    const first = scores(input)
    const before = tf.memory().numTensors
    const second = scores(input)
    expect(tf.memory().numTensors).equal(before + 1)
    tf.dispose([input, first, second])
    scores.dispose()
  })

  it('of one input alone', () => {
    const graph = small()
    graph.inputs.push({ name: 'z2', type: 'float32', shape: [1] })
    expect(() => applyGraph(graph)).throw('a graph of 2 inputs')
  })
})
