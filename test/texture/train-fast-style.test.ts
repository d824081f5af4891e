/** Training networks that paint in one pass, and those that make textures of noise. */
import { expect } from 'chai'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { background, scenes } from '../../datasets/scenes/index.js'
import { painting } from '../../datasets/paintings/index.js'
import { gradient } from '../../src/gradient/gradient.js'
import type { Image } from '../../src/image/image.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph } from '../../src/network/graph.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import type { Network } from '../../src/network/network.js'
import { gramMatrix } from '../../src/objectives/gram.js'
import { pixelsAtOwnSize } from '../../src/texture/feature-layers.js'
import { PerceptualLoss } from '../../src/texture/fast/perceptual-loss.js'
import { textureNetwork } from '../../src/texture/fast/texture-network.js'
import { type FastStyleTraining, trainFastStyle } from '../../src/texture/fast/train.js'
import { onEveryEngine } from '../engines.js'

const styles = {
  mosaic: painting('mosaic', { size: 48 }),
  starry: painting('starry', { size: 40 }),
}
const data = scenes({ length: 32, seed: 3, size: 32 })
const little: FastStyleTraining = {
  ...{ width: 4, blocks: 1, size: 32, batch: 2, epochs: 1, seed: 2, scales: [1], rate: 0.01 },
  ...{ style: { relu1: 1, relu2: 1 }, content: { relu2: 0.2 } },
}

const squares = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value * value, 0)

const messageOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as Error).message,
  )

onEveryEngine('the perceptual loss', (engine) => {
  let net: Network
  before(async () => (net = await zooNetwork('scenes', { engine })))
  after(() => net.release())

  const of = (seed: number): Image => scenes({ seed, length: 1, size: 32 }).get(0).image

  it('is what its formula says, and its gradient is the slope of it', async () => {
    const weights = {
      ...{ content: { relu2: 2 }, style: { relu1: 3, relu3: 1 } },
      ...{ colours: 4, variation: 5, scales: [1] },
    }
    const [painted, content] = [of(1), of(2)].map((image) => pixelsAtOwnSize(net, image))
    const loss = await PerceptualLoss.of(net, [styles.mosaic, styles.starry], weights)
    const b = new Builder(new Graph())
    const names = ['painted', 'content'].map((name) => b.input(name, painted!.shape))
    const terms = loss.build(b, names[0]!, {
      content: names[1],
      styles: b.constant(float32([0, 1], [1, 2])),
    })
    const values = Object.values(terms)
    const total = b.add('Sum', values)
    const [slope] = gradient(b, total, ['painted'])
    const program = await engine.compile(b.graph.extract([...values, total, slope!]))
    const run = (pixels: Float32Array) =>
      program.run({
        painted: float32(pixels, painted!.shape),
        content: float32(content!.data, content!.shape),
      })
    const results = await run(painted!.data)
    const number = (name: string): number => Number(results[name]!.data[0])

    const layers = ['relu1', 'relu2', 'relu3']
    const [F, P, S] = await Promise.all(
      [painted!, content!, pixelsAtOwnSize(net, styles.starry)].map((x) => net.run(x, { layers })),
    )
    const relative = (a: ArrayLike<number>, wanted: ArrayLike<number>): number =>
      squares(Array.from(wanted, (value, i) => a[i]! - value)) / squares(wanted)
    expect(number(terms.content)).closeTo(2 * relative(F!.relu2!.data, P!.relu2!.data), 1e-4)
    const gramLoss = (layer: string): number =>
      relative(gramMatrix(F![layer]!).data, gramMatrix(S![layer]!).data)
    const coloursOf = ({ data: pixels, shape }: { data: Float32Array; shape: readonly number[] }) =>
      gramMatrix({
        data: Float32Array.of(...pixels, ...new Float32Array(shape[2]! * shape[3]!).fill(1)),
        shape: [1, 4, shape[2]!, shape[3]!],
      }).data
    const colours = relative(coloursOf(painted!), coloursOf(pixelsAtOwnSize(net, styles.starry)))
    const expected = 3 * gramLoss('relu1') + gramLoss('relu3') + 4 * colours
    expect(number(terms.style) / expected).closeTo(1, 1e-4)

    // Along the gradient, central differences measure its length.
    const { data: by } = results[slope!]! as { data: Float32Array }
    const length = Math.sqrt(squares(by))
    const at = async (step: number): Promise<number> => {
      const moved = await run(painted!.data.map((value, i) => value + (step * by[i]!) / length))
      return Number(moved[total]!.data[0])
    }
    const step = 0.02
    expect(((await at(step)) - (await at(-step))) / (2 * step) / length).closeTo(1, 0.01)
    await program.release()
  })
})

describe('training to paint in one pass', () => {
  let net: Network
  before(async () => (net = await zooNetwork('scenes')))
  after(() => net.release())

  it('lowers the loss of every style, and gives each style scales of its own', async () => {
    const { model, history } = await trainFastStyle(net, styles, data, { ...little, epochs: 2 })
    const { style } = history as { style: number[] }
    // The styles take turns: a batch has both.
    expect(style.at(-1)).below(0.6 * style[0]!)
    expect(history.loss![5]).closeTo(
      history.content![5]! + style[5]! + history.variation![5]!,
      1e-4,
    )
    expect(model.styles).deep.equal(['mosaic', 'starry'])
    const table = model.weights.get('in1.weight')!
    expect(table.shape).deep.equal([2, 4])
    expect(table.data.slice(0, 4)).not.deep.equal(table.data.slice(4))
  })

  it('learns one style with batch norm, whose running statistics it keeps', async () => {
    const one = { mosaic: styles.mosaic }
    const { model, history } = await trainFastStyle(net, one, data, { ...little, norm: 'batch' })
    expect(history.style!.at(-1)).below(0.8 * history.style![0]!)
    const kept = model.weights.get('in1.running_mean')!.data as Float32Array
    expect(kept.some((value) => value !== 0)).equal(true)
    const painted = await model.network()
    expect(painted.layers.find(({ name }) => name === 'in1')?.type).equal('BatchNormalization')
    const both = trainFastStyle(net, styles, data, { ...little, norm: 'batch' })
    expect(await messageOf(both)).match(/learns one style, not 2/)
  })

  it('goes on after an interrupt to the same weights as without one, bit by bit', async () => {
    const few = data.take(12)
    const checkpoint = join(mkdtempSync(join(tmpdir(), 'fovea-style-')), 'styles.safetensors')
    const whole = await trainFastStyle(net, styles, few, little)
    const stop = new AbortController()
    const part = await trainFastStyle(net, styles, few, {
      ...{ ...little, checkpoint, signal: stop.signal },
      onStep: ({ step }) => step === 3 && stop.abort(),
    })
    expect([part.interrupted, part.history.loss!.length]).deep.equal([true, 3])
    const resumed = await trainFastStyle(net, styles, few, { ...little, checkpoint, resume: true })
    expect(resumed.model.digest).equal(whole.model.digest)
    expect(resumed.history).deep.equal(whole.history)
    expect(part.model.digest).not.equal(whole.model.digest)
    const other = { ...little, checkpoint, resume: true, rate: 0.02 }
    expect(await messageOf(trainFastStyle(net, styles, few, other))).match(/another training/)
  })

  it('says what is wrong with what it is told', async () => {
    const message = (options: FastStyleTraining): Promise<string> =>
      messageOf(trainFastStyle(net, styles, data, { ...little, ...options }))
    expect(await message({ size: 34 })).match(/a multiple of 4, not 34/)
    expect(await message({ ends: 4 })).match(/an odd side, not 4/)
    expect(await message({ style: { relu9: 1 } })).match(/no layer 'relu9'; the nearest/)
    expect(await messageOf(trainFastStyle(net, {}, data, little))).match(/name a style/)
  })
})

describe('texture networks', () => {
  it('learn to make a texture of noise, at any size, which can be tiled', async () => {
    const net = await zooNetwork('scenes')
    const made = await textureNetwork(net, background('brick', { size: 48, seed: 2 }), {
      ...{ levels: 3, channels: 4, size: 32, steps: 30, batch: 2, rate: 0.02, seed: 1 },
      ...{ scales: [1], style: { relu1: 1, relu2: 1 } },
    })
    const { style } = made.history as { style: number[] }
    expect(style.at(-1)).below(0.5 * style[0]!)
    expect(made.shape).deep.equal([1, 3, 48, 48])
    const wall = await made.make({ size: [50, 70], seed: 5 })
    expect([wall.width, wall.height]).deep.equal([70, 50])
    expect((await made.make({ size: [50, 70], seed: 5 })).data).deep.equal(wall.data)
    expect((await made.make({ size: [50, 70], seed: 6 })).data).not.deep.equal(wall.data)
    await made.generator.release()
    await net.release()
  })
})
