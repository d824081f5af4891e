import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { type Tensor, tensor } from '../../src/engine/tensor.js'
import { Image } from '../../src/image/image.js'
import {
  BATCH,
  float32,
  type Graph,
  int64,
  type Shape,
  type TypedTensor,
} from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readOnnx } from '../../src/network/onnx-file.js'
import { diversity } from '../../src/objectives/diversity.js'
import { classProbability, classScore } from '../../src/objectives/scores.js'
import { activation, channel, neuron } from '../../src/objectives/units.js'
import { fixture, relativeError } from '../reference.js'
import { compute, countingEngine, failure, model, node, randomTensor } from './models.js'

const plain = (): Graph => readOnnx(readFileSync(fixture('reference/plain/model.onnx')))

/** Convolution, ReLU, average of each channel: runs at any size. */
const convolutional = (
  input: Shape = [BATCH, 3, 8, 8],
  ...more: ReturnType<typeof node>[]
): Graph =>
  model(
    input,
    [
      node('Conv', ['x', 'conv.weight'], 'conv', { pads: [1, 1, 1, 1] }),
      node('Relu', ['conv'], 'relu'),
      node('GlobalAveragePool', ['relu'], 'pool'),
      node('Flatten', ['pool'], 'logits'),
      ...more,
    ],
    { constants: { 'conv.weight': randomTensor([4, 3, 3, 3], 3) } },
  )

const random = (shape: number[], seed = 1): Tensor =>
  tensor(randomTensor(shape, seed).data as Float32Array, shape)

const sameNumbers = (a: Tensor, b: Tensor): void => {
  expect(a.shape).deep.equal(b.shape)
  expect(relativeError(a, b)).below(1e-5)
}

describe('a network', () => {
  let net: Network
  const input = random([1, 3, 32, 32])
  before(async () => {
    net = await Network.from(plain(), { name: 'plain' })
  })
  after(() => net.release())

  describe('knows its layers', () => {
    it('with names, operators and shapes', () => {
      expect(net.layers[0]).deep.include({ name: 'features.0', type: 'Conv', shape: [8, 32, 32] })
      expect(net.layers.at(-1)).deep.include({ name: 'classifier.4', type: 'Gemm', shape: [10] })
      expect(net.layers.map(({ type }) => type)).not.include('Constant')
    })

    it('and runs to those that are asked for; a module is its last layer', async () => {
      const layers = ['classifier.4', 'features', 'features.9', 'logits']
      const results = await net.run(input, { layers })
      expect(Object.keys(results)).deep.equal(layers)
      expect(results['features']).deep.equal(results['features.9'])
      expect(results['logits']).deep.equal(results['classifier.4'])
      expect(await net.run(input, { layers: [] })).deep.equal({})
    })

    it('an unknown one names the nearest', async () => {
      const unknown = "no layer 'features.99'; the nearest are 'features.9'"
      expect(await failure(() => net.run(input, { layers: ['features.99'] }))).include(unknown)
      const of = classScore(0)
      expect(await failure(() => net.gradient(input, { of, wrt: 'features.99' }))).include(unknown)
      expect(
        await failure(() => net.gradient(input, { of: neuron('features.99', [0, 0, 0]) })),
      ).include(unknown)
      expect(await failure(() => net.run(input, { layers: ['constructor'] }))).include('no layer')
    })

    it('an unknown rule for the way back names the nearest', async () => {
      const told = (options: object) =>
        failure(() => net.gradient(input, { of: classScore(0), ...options }))
      expect(await told({ rule: 'guide' })).equal(
        "no rule for rectifiers 'guide'; the nearest are 'guided', 'plain', 'deconvnet'",
      )
      expect(await told({ rule: 'constructor' })).include("no rule for rectifiers 'constructor'")
      expect(await told({ unpooling: 'override' })).include("'overwrite'")
    })

    it('what an objective does not depend on is said by the names of both', async () => {
      const of = neuron('features.0', [1, 2, 3])
      const wrt = (name: string) => failure(() => net.gradient(input, { of, wrt: name }))
      expect(await wrt('classifier.4')).equal(
        "features.0:1@2,3 does not depend on layer 'classifier.4', which comes after it",
      )
      expect(await wrt('classifier.4.weight')).equal(
        "features.0:1@2,3 does not depend on weight 'classifier.4.weight', which comes after it",
      )
      const nodes = [
        node('Relu', ['x'], 'left'),
        node('Neg', ['x'], 'right'),
        node('Add', ['left', 'right'], 'both'),
      ]
      const forked = await Network.from(model([BATCH, 2, 1, 1], nodes))
      const x = tensor([1, 2], [1, 2, 1, 1])
      expect(
        await failure(() => forked.gradient(x, { of: neuron('left', [0, 0, 0]), wrt: 'right' })),
      ).equal(
        "left:0@0,0 does not depend on layer 'right': nothing leads from the one to the other",
      )
    })

    it('an output is itself, also where a layer has its name', async () => {
      // The module is called as the output is, but a softmax follows it.
      const nodes = [
        { ...node('Gemm', ['x', 'w'], 'scores'), name: '/output/Gemm' },
        { ...node('Softmax', ['scores'], 'output'), name: '/Softmax' },
      ]
      const graph = model([BATCH, 2], nodes, { constants: { w: float32([1, 0, 0, 1], [2, 2]) } })
      const tiny = await Network.from(graph)
      const { output } = await tiny.run(tensor([Math.log(3), 0], [1, 2]))
      expect(output!.data[0]).closeTo(0.75, 1e-6)
    })
  })

  describe('refuses what does not fit', () => {
    const wrong: [string, number[]][] = [
      ['rank', [3, 32, 32]],
      ['channels', [1, 1, 32, 32]],
      ['no images', [0, 3, 32, 32]],
    ]
    for (const [what, shape] of wrong)
      it(what, async () => {
        expect(await failure(() => net.run(random(shape)))).equal(
          `network 'plain' takes [N, 3, 32, 32], but was given [${shape.join(', ')}]`,
        )
      })

    it('data that do not fill their shape', async () => {
      const lies = { data: new Float32Array(5), shape: [1, 3, 32, 32] }
      expect(await failure(() => net.run(lies))).include('holds 3072 numbers, but 5 were given')
    })

    it('what is neither an image nor a tensor', async () => {
      const run = (input: unknown) => failure(() => net.run(input as Tensor))
      const expected = 'the input of a network is an image, or a tensor { data, shape }, not '
      expect(await run(undefined)).equal(`${expected}undefined`)
      expect(await run([1, 2])).equal(`${expected}a list, [ 1, 2 ]`)
      expect(() => net.preprocess('husky.jpg' as unknown as Image)).throw(
        TypeError,
        "an image was expected, not a string, 'husky.jpg'",
      )
    })

    it('another size, where a layer is fully connected, in run and gradient alike', async () => {
      const larger = random([1, 3, 40, 40])
      const expected =
        "network 'plain' is made for [N, 3, 32, 32] and cannot run on [1, 3, 40, 40]: " +
        "node '/classifier/classifier.1/Gemm' (Gemm): a vector of "
      expect(await failure(() => net.run(larger))).include(expected)
      expect(await failure(() => net.scoresOf(larger))).include(expected)
      expect(await failure(() => net.gradient(larger, { of: classScore(0) }))).include(expected)
    })

    it('but the layers before a fully connected one run there', async () => {
      const [larger, usual] = [random([1, 3, 40, 40]), random([1, 3, 32, 32])]
      const { name, shape } = net.layers.findLast((layer) => layer.shape.length === 3)!
      const maps = (await net.run(larger, { layers: [name] }))[name]!
      expect(maps.shape[1]).equal(shape[0])
      expect(maps.shape[2]).above(shape[1]!)
      const slope = await net.gradient(larger, { of: activation(name) })
      expect(slope.shape).deep.equal([1, 3, 40, 40])
      expect(await failure(() => net.run(larger))).include('cannot run on [1, 3, 40, 40]')
      expect(Object.keys(await net.run(usual))).lengthOf(1)
    })

    it('an input that is too small for its poolings', async () => {
      const message = await failure(() => net.run(random([1, 3, 2, 2])))
      expect(message).match(/cannot run on \[1, 3, 2, 2\]: node .* is too small for a kernel of/)
    })

    it('a graph with several inputs, or none', async () => {
      const two = model([BATCH, 2], [node('Add', ['x', 'mask'], 'y')])
      two.inputs.push({ name: 'mask', type: 'float32', shape: [BATCH, 2] })
      expect(await failure(() => Network.from(two, { name: 'two' }))).equal(
        "network 'two' has the inputs 'x', 'mask'; expected one, the image",
      )
      const none = model([BATCH, 2], [node('Identity', ['w'], 'y')], {
        constants: { w: float32([1], [1]) },
      })
      expect(await failure(() => Network.from(none))).include('has the inputs none; expected one')
    })

    it('an input of another element type', async () => {
      const graph = model([BATCH, 2], [node('Cast', ['x'], 'y', { to: 1 })])
      graph.inputs[0]!.type = 'uint8'
      expect(await failure(() => Network.from(graph, { name: 'bytes' }))).equal(
        "network 'bytes' takes uint8 values; expected float32",
      )
    })
  })

  describe('classes', () => {
    const classes = ['tench, Tinca tinca', 'cock', 'kite', 'Crane', 'crane', ...'abcde'.split('')]
    let named: Network
    before(async () => {
      named = await Network.from(plain(), { classes })
    })

    it('by index, name, synonym, in any case', () => {
      expect(named.classIndex(3)).equal(3)
      expect(named.classIndex('tench, Tinca tinca')).equal(0)
      expect(named.classIndex('tinca tinca')).equal(0)
      expect(named.classIndex('Cock')).equal(1)
      expect(named.classIndex('crane')).equal(4) // the exact name before another's in other case
      expect(named.className(0)).equal('tench')
      expect(net.className(7)).equal('class 7')
    })

    it('unknown ones name the nearest, synonyms too', async () => {
      expect(await failure(() => named.classIndex('tinca tinka'))).include("'Tinca tinca'")
      expect(await failure(() => named.classIndex('kit'))).include(
        "no class 'kit'; the nearest are 'kite'",
      )
      for (const index of [-1, 10, 1.5, NaN])
        expect(await failure(() => net.classIndex(index))).equal(
          `network 'plain' has classes 0 … 9, and no class ${index}`,
        )
      const of = classScore('kit')
      expect(await failure(() => named.gradient(input, { of }))).include("no class 'kit'")
    })

    it('as many names as scores', async () => {
      const options = { name: 'plain', classes: ['cat', 'dog'] }
      expect(await failure(() => Network.from(plain(), options))).equal(
        "network 'plain' has 10 classes, but 2 class names were given",
      )
    })

    it('a network whose output is an image has none', async () => {
      const nodes = [node('Relu', ['x'], 'y')]
      const filter = await Network.from(model([BATCH, 3, 4, 4], nodes), { name: 'filter' })
      expect(filter.classes).deep.equal([])
      const x = random([1, 3, 4, 4])
      expect((await filter.run(x)).y!.shape).deep.equal([1, 3, 4, 4])
      expect((await filter.gradient(x, { of: neuron('y', [0, 1, 1]) })).shape).deep.equal(x.shape)
      const none = "network 'filter' has no class scores: its output is [N, 3, 4, 4]"
      expect(await failure(() => filter.scoresOf(x))).equal(none)
      expect(await failure(() => filter.gradient(x, { of: classScore(0) }))).equal(
        "network 'filter' has no classes, and no class 0",
      )
    })
  })

  describe('class scores stand before the softmax', () => {
    const endings: [string, ReturnType<typeof node>[]][] = [
      ['softmax', [node('Softmax', ['logits'], 'out', { axis: 1 })]],
      [
        'logarithm of softmax, and an identity',
        [node('LogSoftmax', ['logits'], 'l', { axis: -1 }), node('Identity', ['l'], 'out')],
      ],
      ['sigmoid', [node('Sigmoid', ['logits'], 'out')]],
      [
        'softmax of 1×1 maps, flattened after it',
        [node('Softmax', ['pool'], 'p', { axis: 1 }), node('Flatten', ['p'], 'out')],
      ],
      ['softmax of 1×1 maps', [node('Softmax', ['pool'], 'out', { axis: 1 })]],
      ['1×1 maps', [node('Identity', ['pool'], 'out')]],
    ]
    for (const [name, nodes] of endings)
      it(name, async () => {
        const x = random([2, 3, 8, 8])
        const bare = await Network.from(convolutional())
        const ended = await Network.from(convolutional([BATCH, 3, 8, 8], ...nodes))
        expect(ended.classes).lengthOf(4)
        const scores = await bare.scoresOf(x)
        sameNumbers(await ended.scoresOf(x), scores)
        const of = classScore(2)
        sameNumbers(await ended.gradient(x, { of }), await bare.gradient(x, { of }))
        const { value } = await ended.differentiate(x, { of: classProbability(2) })
        const row = Array.from(scores.data.subarray(0, 4), Math.exp)
        expect(value.data[0]).closeTo(row[2]! / row.reduce((a, b) => a + b), 1e-6)
        await bare.release()
        await ended.release()
      })

    it('and the output stays what it was', async () => {
      const ended = convolutional([BATCH, 3, 8, 8], node('Softmax', ['pool'], 'out', { axis: 1 }))
      const x = randomTensor([2, 3, 8, 8])
      const { out } = await (await Network.from(ended)).run({ ...x, data: x.data as Float32Array })
      expect(out!.shape).deep.equal([2, 4, 1, 1])
      expect(out!.data).deep.equal((await compute(ended, { x })).out!.data)
    })
  })

  describe('any size, where all layers are convolutional', () => {
    it('activations and gradients have the size of the input', async () => {
      const free = await Network.from(convolutional())
      for (const [height, width] of [
        [8, 8],
        [5, 13],
      ] as const) {
        const x = random([2, 3, height, width])
        const of = classScore([0, 3])
        const { value, gradients, activations } = await free.differentiate(x, {
          of,
          wrt: ['input', 'relu', 'conv.weight'],
          layers: ['relu'],
        })
        expect(value.shape).deep.equal([2])
        expect(activations['relu']!.shape).deep.equal([2, 4, height, width])
        expect(gradients['relu']!.shape).deep.equal([2, 4, height, width])
        expect(gradients['input']!.shape).deep.equal([2, 3, height, width])
        expect(gradients['conv.weight']!.shape).deep.equal([4, 3, 3, 3])
        // The mean over the positions passes the same share to each.
        const share = 1 / (height * width)
        const [first] = gradients['relu']!.data
        expect(first).closeTo(share, 1e-7)
      }
      expect(free.layers[0]!.shape).deep.equal([4, 8, 8])
      await free.release()
    })

    it('a graph that leaves height and width free takes them from the preprocessing', async () => {
      const graph = convolutional(['batch', 3, 'height', 'width'])
      expect(await failure(() => Network.from(graph))).include(
        "input 'x' is [batch, 3, height, width]: its height and width are free; " +
          'say how large images shall be: { preprocessing: ',
      )
      const mean: [number, number, number] = [0, 0, 0]
      const preprocessing = { size: [6, 10] as [number, number], mean, std: mean }
      const sized = await Network.from(graph, { preprocessing })
      expect(sized.layers[0]!.shape).deep.equal([4, 6, 10])
      expect(sized.preprocessing).equal(preprocessing)
    })
  })

  it('an image is preprocessed, by default to the input size with values in 0 … 1', async () => {
    expect(net.preprocessing).deep.equal({ size: [32, 32], mean: [0, 0, 0], std: [1, 1, 1] })
    const image = new Image(32, 32, new Float32Array(3 * 32 * 32).fill(0.25))
    const { logits } = await net.run(image)
    const grey = tensor(image.data, [1, 3, 32, 32])
    expect(logits).deep.equal((await net.run(grey)).logits)
  })

  it('a batch is a batch of independent images', async () => {
    const both = random([2, 3, 32, 32], 5)
    const half = (i: number): Tensor =>
      tensor(both.data.slice(i * 3072, (i + 1) * 3072), [1, 3, 32, 32])
    const together = await net.scoresOf(both)
    expect(together.shape).deep.equal([2, 10])
    for (const i of [0, 1])
      sameNumbers(
        tensor(together.data.slice(i * 10, i * 10 + 10), [1, 10]),
        await net.scoresOf(half(i)),
      )
    expect(await failure(() => net.gradient(both, { of: classScore([1, 2, 3]) }))).equal(
      '3 target classes for 2 images',
    )
  })

  it('a batch of images that do not depend on each other runs in parts, where the engine asks for it', async () => {
    const engine = { ...countingEngine(), activations: 600 } // of which two images have 512
    const parted = await Network.from(convolutional(), { engine })
    const whole = await Network.from(convolutional())
    const batch = random([5, 3, 8, 8], 7)
    const targets = [3, 1, 0, 2, 1]
    const each = channel('conv', targets).plus(classScore(targets).times(0.5))
    const asked = { of: each, wrt: ['input', 'relu'], layers: ['pool'] }
    const [ours, theirs] = await Promise.all([
      parted.differentiate(batch, asked),
      whole.differentiate(batch, asked),
    ])
    expect(engine.compiled).equal(2) // for two images, and for the last one
    sameNumbers(ours.value, theirs.value)
    for (const name of asked.wrt) sameNumbers(ours.gradients[name]!, theirs.gradients[name]!)
    sameNumbers(ours.activations.pool!, theirs.activations.pool!)

    const weight = { of: classScore(targets), wrt: 'conv.weight' } // summed over all images
    sameNumbers(await parted.gradient(batch, weight), await whole.gradient(batch, weight))
    const apart = { of: classScore(1).plus(diversity('conv')) }
    sameNumbers(await parted.gradient(batch, apart), await whole.gradient(batch, apart))
    expect(engine.compiled).equal(4)
    await Promise.all([parted.release(), whole.release()])
  })

  it('a value that is asked for twice, and a gradient that is an activation', async () => {
    const { gradients, activations } = await net.differentiate(input, {
      of: neuron('classifier.4', [3]),
      wrt: ['classifier.4', 'features.0.weight'],
      layers: ['features.0', 'features.0', 'classifier.4'],
    })
    const oneHot = Float32Array.from({ length: 10 }, (_, i) => (i === 3 ? 1 : 0))
    expect(gradients['classifier.4']!.data).deep.equal(oneHot)
    expect(gradients['features.0.weight']!.shape).deep.equal([8, 3, 5, 5])
    expect(Object.keys(activations)).deep.equal(['features.0', 'classifier.4'])
  })

  it('values that are not float32 are named', async () => {
    const nodes = [node('ArgMax', ['x'], 'best', { axis: 1 }), node('Relu', ['x'], 'y')]
    const graph = model([BATCH, 3], nodes, { outputs: ['best', 'y'] })
    const x = random([1, 3])
    expect(await failure(async () => (await Network.from(graph)).run(x))).equal(
      'expected float32 values, but the network computed int64',
    )
  })

  describe('compiles once', () => {
    it('for each structure and batch size; classes share a program', async () => {
      const engine = countingEngine()
      const counted = await Network.from(plain(), { engine })
      const folded = engine.compiled
      const compiled = async (run: () => Promise<unknown>): Promise<number> => {
        const before = engine.compiled
        await run()
        return engine.compiled - before
      }
      expect(folded).equal(0)
      const gradient = (target: number | number[], x = input): Promise<Tensor> =>
        counted.gradient(x, { of: classScore(target) })
      expect(await compiled(() => gradient(1))).equal(1)
      expect(await compiled(() => gradient(2))).equal(0)
      expect(await compiled(() => gradient([3, 4], random([2, 3, 32, 32])))).equal(1)
      expect(await compiled(() => gradient([5, 6], random([2, 3, 32, 32])))).equal(0)
      const guided = { of: classScore(1), rule: 'guided' } as const
      expect(await compiled(() => counted.gradient(input, guided))).equal(1)
      expect(await compiled(() => counted.gradient(input, guided))).equal(0)
      const of = neuron('features.9', [0, 1, 2])
      expect(await compiled(() => counted.gradient(input, { of }))).equal(1)
      const other = neuron('features.9', [3, 2, 1])
      expect(await compiled(() => counted.gradient(input, { of: other }))).equal(0)
      expect(await compiled(() => counted.run(input))).equal(1)
      expect(await compiled(() => counted.run(input))).equal(0)
      expect(await compiled(() => Promise.all([gradient(5), gradient(6)]))).equal(0)
      await counted.release()
      expect(await compiled(() => counted.run(input))).equal(1)
      await counted.release()
    })

    it('many programs at the same time', async () => {
      const free = await Network.from(convolutional())
      const sizes = Array.from({ length: 24 }, (_, i) => 4 + i)
      const results = await Promise.all(
        sizes.map((size) => free.gradient(random([1, 3, size, 4]), { of: classScore(1) })),
      )
      expect(results.map(({ shape }) => shape[2])).deep.equal(sizes)
      await free.release()
    })
  })

  it('the digest is of graph and weights', async () => {
    const digest = async (change: (graph: Graph) => void): Promise<string> => {
      const graph = convolutional()
      change(graph)
      return (await Network.from(graph)).digest
    }
    const original = await digest(() => undefined)
    expect(original).match(/^[0-9a-f]{64}$/)
    expect(await digest(() => undefined)).equal(original)
    expect(await digest((graph) => (graph.nodes[1]!.op = 'Sigmoid'))).not.equal(original)
    const nudge = (graph: Graph): void => {
      const weight = graph.constants.get('conv.weight') as TypedTensor
      weight.data[0] = Number(weight.data[0]) + 1e-3
    }
    expect(await digest(nudge)).not.equal(original)
    expect(await digest((graph) => graph.constants.set('unused', int64([1])))).equal(original)
  })
})
