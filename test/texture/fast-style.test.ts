/** Painting in one pass: the network, its styles and mixtures, and published checkpoints. */
import { expect } from 'chai'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { painting, type PaintingName } from '../../datasets/paintings/index.js'
import { scenes } from '../../datasets/scenes/index.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph, type TypedTensor } from '../../src/network/graph.js'
import type { Network } from '../../src/network/network.js'
import { readTorchFile } from '../../src/network/torch-file.js'
import { mixedWeights, transformerNetwork } from '../../src/network/zoo/fast-style.js'
import { embeddedFile, zooNetwork } from '../../src/network/zoo/index.js'
import { conditional } from '../../src/texture/fast/conditional-norm.js'
import { fastStyle, type FastStyleOptions, fastStyles } from '../../src/texture/fast/fast-style.js'
import { PerceptualLoss } from '../../src/texture/fast/perceptual-loss.js'
import { StyleModel } from '../../src/texture/fast/style-model.js'
import { onEveryEngine } from '../engines.js'
import { fixture, relativeError } from '../reference.js'

const path = (file: string): string => fileURLToPath(fixture(`fast-style/${file}`))
const torch = readTorchFile(readFileSync(path('results.pth')))

/** What PyTorch has under a name. */
function result(name: string): Tensor {
  const { data, shape } = torch.get(name)!
  return { data: data as Float32Array, shape }
}

const outputOf = async (net: Network): Promise<Tensor> =>
  Object.values(await net.run(result('picture')))[0]!

onEveryEngine('the transformer network', (engine) => {
  it('computes what PyTorch does, from a checkpoint of the published form', async () => {
    const model = await StyleModel.load(path('published.pth'), { engine })
    expect(model.styles).deep.equal(['published'])
    const output = await outputOf(await model.network())
    expect(output.shape).deep.equal([1, 3, 20, 28]) // of 18×26: the next multiples of 4
    expect(relativeError(output, result('instance'))).below(1e-5)
  })

  it('has batch norm in place of instance norm where it is told', async () => {
    const model = await StyleModel.load(path('batch.pth'), { engine, norm: 'batch' })
    expect(relativeError(await outputOf(await model.network()), result('batch'))).below(1e-5)
  })
})

/** Random weights of a narrow network with rows for three styles. */
function threeStyles(): Map<string, TypedTensor> {
  const random = new Random(5)
  const weights = new Map<string, TypedTensor>()
  transformerNetwork(
    (name, shape) => {
      const inputs = shape.slice(1).reduce((a, b) => a * b, 1)
      const rows = /in\d\.(weight|bias)$/.test(name) ? [3, ...shape] : shape
      const count = rows.reduce((a, b) => a * b, 1)
      const data = Float32Array.from({ length: count }, () => random.normal() / Math.sqrt(inputs))
      weights.set(name, float32(data, rows))
      return float32(data.slice(0, count / (rows === shape ? 1 : 3)), shape)
    },
    { width: 3, blocks: 1, ends: 5 },
  )
  return weights
}

const pictureOf = (width: number, height: number, seed = 1): Image => {
  const random = new Random(seed)
  return new Image(
    width,
    height,
    Float32Array.from({ length: 3 * width * height }, () => random.uniform()),
  )
}

const messageOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'no error'
  } catch (error) {
    return (error as Error).message
  }
}

onEveryEngine('many styles', (engine) => {
  it('are one network each: the same as with rows of scales and shifts', async () => {
    const weights = threeStyles()
    const model = new StyleModel(weights, { styles: ['a', 'b', 'c'], engine })
    // One picture in style b, another between a and c.
    const shares = [
      [0, 1, 0],
      [0.25, 0, 0.75],
    ]
    const first = transformerNetwork(mixedWeights(weights, [1, 0, 0]), { size: [16, 20] })
    const graph = conditional(first, 3, 2)
    for (const [name, tensor] of weights) graph.constants.set(name, tensor)
    const program = await engine.compile(graph)
    const random = new Random(2)
    const shape = [2, 3, 16, 20]
    const input = Float32Array.from({ length: 2 * 960 }, () => random.normal())
    const results = await program.run({
      input: float32(input, shape),
      styles: float32(shares.flat(), [2, 3]),
    })
    const both = Object.values(results)[0]!.data as Float32Array
    for (const [i, choice] of [{ b: 1 }, { a: 1, c: 3 }].entries()) {
      const net = await model.network(choice)
      const picture = { data: input.slice(i * 960, (i + 1) * 960), shape: [1, 3, 16, 20] }
      const [own] = Object.values(await net.run(picture))
      const other = { data: both.slice(i * 960, (i + 1) * 960), shape: own!.shape }
      expect(relativeError(other, own!)).below(1e-5)
    }
    await program.release()
    await model.release()
  })
})

describe('painting in one pass', () => {
  const model = new StyleModel(threeStyles(), { styles: ['a', 'b', 'c'] })
  after(() => model.release())

  it('has as many parameters as the published network', () => {
    let count = 0
    transformerNetwork((_, shape) => {
      const size = shape.reduce((a, b) => a * b, 1)
      count += size
      return float32(new Float32Array(size), shape)
    })
    expect(count).equal(1_679_235)
  })

  it('gives pictures of the size of the content, whatever that is, at any side', async () => {
    for (const [width, height] of [
      [8, 8],
      [37, 50],
    ] as const) {
      const { image, shape, content } = await fastStyle(pictureOf(width, height), { model })
      expect([image.width, image.height, ...shape]).deep.equal([width, height, 1, 3, height, width])
      expect(content.width).equal(width)
      expect(image.data.every((value) => value >= 0 && value <= 1)).equal(true)
    }
    const { image } = await fastStyle(pictureOf(60, 40), { model, size: 24 })
    expect([image.width, image.height]).deep.equal([36, 24])
  })

  it('goes from style to style in even steps, and begins and ends in the styles', async () => {
    const content = pictureOf(24, 24)
    const way = await fastStyles(content, { model, between: ['a', 'c'], steps: 3 })
    const [a, c, half] = await Promise.all(
      ['a', 'c', ['a', 'c']].map((style) => fastStyle(content, { model, style })),
    )
    expect(way.shape).deep.equal([3, 3, 24, 24])
    expect(way.images.map(({ data }) => data)).deep.equal([a, half, c].map((one) => one!.data))
    expect(a!.data).not.deep.equal(c!.data)
    expect(way.styles).deep.equal(['a', '50 % a, 50 % c', 'c'])
    expect((await fastStyles(content, { model })).styles).deep.equal(['a', 'b', 'c'])
  })

  it('can keep the colours of the content', async () => {
    const content = pictureOf(16, 16)
    const { image } = await fastStyle(content, { model, colours: 'content' })
    const blueness = ({ data }: Image): number[] =>
      Array.from({ length: 256 }, (_, i) => data[512 + i]! - data[i]!)
    blueness(image).forEach((value, i) => expect(value).closeTo(blueness(content)[i]!, 1e-5))
  })

  it('records what it did', async () => {
    const { provenance } = await fastStyle(pictureOf(16, 16), { model, style: { a: 1, b: 3 } })
    expect(provenance.parameters).deep.include({ style: { a: 0.25, b: 0.75 }, colours: 'style' })
    expect(provenance.digest).equal((await model.network({ a: 1, b: 3 })).digest)
  })

  it('says what is wrong with what it is told', async () => {
    const small = pictureOf(16, 16)
    const paint = (options: FastStyleOptions) => (): unknown =>
      fastStyle(small, { model, ...options })
    expect(await messageOf(paint({ style: 'd' }))).match(/no style 'd'; the nearest are 'a'/)
    expect(await messageOf(paint({ style: { a: 0 } }))).match(/all shares are 0/)
    expect(await messageOf(paint({ style: { a: -1 } }))).match(/0 or more, not -1/)
    expect(await messageOf(paint({ size: 6 }))).match(/8 pixels or more; this is an image of 6×6/)
    expect(await messageOf(paint({ model: 'nowhere.pth' }))).match(/there is no such file/)
    const both = { model, styles: ['a'], between: ['a', 'b'] as const }
    expect(await messageOf(() => fastStyles(small, both))).match(/not both/)
    expect(() => new StyleModel(threeStyles(), { styles: ['a'] })).throw(/know 3 styles, but 1/)
  })
})

describe('the embedded model of many styles', () => {
  it('brings pictures that it has not seen nearer to each of its styles', async () => {
    const model = await StyleModel.load()
    expect(statSync(embeddedFile('fast-style.safetensors')).size).below(1e6)
    const names = model.styles as readonly PaintingName[]
    const net = await zooNetwork('scenes')
    const wanted = names.map((name) => painting(name, { size: 96 }))
    const loss = await PerceptualLoss.of(net, wanted, {
      ...{ content: {}, style: { relu1: 1, relu2: 1, relu3: 1 } },
      ...{ colours: 0, variation: 0, scales: [1] },
    })
    const { image } = scenes({ seed: 9, length: 1, size: 64 }).get(0)
    const shape = [1, 3, 64, 64]
    const b = new Builder(new Graph())
    const pictures = b.input('picture', shape)
    const { style } = loss.build(b, pictures, { styles: b.input('styles', [1, names.length]) })
    const program = await net.engine.compile(b.graph.extract([style]))
    for (const [k, name] of names.entries()) {
      const shares = names.map((_, i) => (i === k ? 1 : 0))
      const of = async (one: Image): Promise<number> => {
        const picture = float32(net.preprocess(one, [64, 64]).data, shape)
        const results = await program.run({ picture, styles: float32(shares, [1, names.length]) })
        return Number(results[style]!.data[0])
      }
      const painted = await fastStyle(image, { style: name })
      expect(await of(painted.image), name).below(0.8 * (await of(image)))
    }
    const [first] = names
    const byName = await zooNetwork('fast-style')
    expect(byName.digest).equal((await model.network(first)).digest)
    await Promise.all([program.release(), net.release(), model.release(), byName.release()])
  })
})
