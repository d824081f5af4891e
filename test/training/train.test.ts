import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Dataset } from '../../datasets/dataset.js'
import { display } from '../../src/image/display.js'
import { Image } from '../../src/image/image.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import type { TypedTensor } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readOnnx, writeOnnx } from '../../src/network/onnx-file.js'
import { Architecture } from '../../src/network/zoo/architecture.js'
import type { Example } from '../../src/training/batches.js'
import { evaluate } from '../../src/training/evaluate.js'
import { sgd } from '../../src/training/optimizers.js'
import { heInitialiser, parameterNames } from '../../src/training/parameters.js'
import {
  accuracy,
  bestPath,
  train,
  type Trained,
  type TrainOptions,
} from '../../src/training/train.js'
import type { WorkState } from '../../src/work/work.js'
import { onEveryEngine } from '../engines.js'
import { classes, images, tinyNetwork } from './tiny.js'

/** Three classes: the top, the middle or the bottom is the brightest part. */
const brightness = (length: number, seed = 1): Dataset<Example> =>
  new Dataset(length, classes, (index) => {
    const random = new Random(mixSeeds(seed, index))
    const label = random.integer(3)
    const data = Float32Array.from({ length: 192 }, (_, i) => {
      const row = Math.floor((i % 64) / 8)
      const bright = Math.min(2, Math.floor(row / 2.7)) === label
      return Math.min(1, Math.max(0, (bright ? 0.6 : 0.4) + random.normal(0, 0.15)))
    })
    return { image: new Image(8, 8, data), label }
  })

const everything: TrainOptions = {
  batch: 4,
  epochs: 3,
  seed: 5,
  dropout: { relu3: 0.3 },
  augmentation: { shift: 0.1, flip: true, crop: 0.7, colour: 0.2 },
  adversary: { norm: 'l2', epsilon: 0.3, steps: 2 },
}

/** All weights and running statistics. */
const numbers = ({ weights }: Trained): Record<string, TypedTensor['data']> =>
  Object.fromEntries(
    [...weights]
      .filter(([, { type }]) => type === 'float32')
      .map(([name, { data }]) => [name, data]),
  )

const messageOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as Error).message,
  )

onEveryEngine('training', (engine) => {
  it('learns a task that can be learnt, and leaves the network it was given as it is', async () => {
    const net = await tinyNetwork(heInitialiser(5, 'fc'), engine)
    const digest = net.digest
    const options = { batch: 16, epochs: 2, rate: 5e-3, seed: 1, validation: brightness(60, 2) }
    const trained = await train(net, brightness(320), options)
    expect(trained.history.losses[0]).closeTo(Math.log(3), 0.2)
    expect(trained.history.validation.map(({ step }) => step)).deep.equal([20, 40])
    const before = await evaluate(net, brightness(100, 3))
    const after = await evaluate(trained.network, brightness(100, 3))
    expect(before.accuracy.share).below(0.6)
    expect(after.accuracy.share).above(0.95)
    expect(net.digest).equal(digest)
    expect(trained.network.digest).not.equal(digest)
  })
})

describe('training', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fovea-train-'))))

  it('gives the same weights for the same seed, with all that is random', async () => {
    const [one, two] = [1, 2].map(async () => train(await tinyNetwork(), images, everything))
    expect(numbers(await one!)).deep.equal(numbers(await two!))
    const other = await train(await tinyNetwork(), images, { ...everything, seed: 6 })
    expect(numbers(other)).not.deep.equal(numbers(await one!))
  })

  it('goes on after an interrupt to the same weights as without one, bit by bit', async () => {
    const options = { ...everything, validation: images }
    const whole = await train(await tinyNetwork(), images, options)
    const checkpoint = join(folder, 'tiny.safetensors')
    for (const last of [2, 5]) {
      const stop = new AbortController()
      const part = await train(await tinyNetwork(), images, {
        ...options,
        checkpoint,
        resume: last > 2,
        signal: stop.signal,
        onStep: ({ step }) => step === last && stop.abort(),
      })
      expect([part.interrupted, part.history.losses.length]).deep.equal([true, last])
    }
    const resumed = await train(await tinyNetwork(), images, {
      ...options,
      checkpoint,
      resume: true,
    })
    expect(resumed.interrupted).equal(false)
    expect(numbers(resumed)).deep.equal(numbers(whole))
    expect(resumed.history).deep.equal(whole.history)
    expect(resumed.best.digest).equal(whole.best.digest)
    // Nothing half-written is left.
    expect(readdirSync(folder)).deep.equal(['tiny.best.safetensors', 'tiny.safetensors'])
  })

  it('interrupted, gives the weights so far: those of a shorter training', async () => {
    const stop = new AbortController()
    const options: TrainOptions = { batch: 4, schedule: 'constant', warmup: 0, shuffle: false }
    const interrupted = await train(await tinyNetwork(), images, {
      ...options,
      epochs: 100,
      signal: stop.signal,
      onStep: ({ step }) => step === 6 && stop.abort(),
    })
    const short = await train(await tinyNetwork(), images, { ...options, epochs: 2 })
    expect(interrupted.interrupted).equal(true)
    expect(numbers(interrupted)).deep.equal(numbers(short))
  })

  it('refuses to resume what is another training, or no checkpoint', async () => {
    const checkpoint = join(folder, 'tiny.safetensors')
    const options = { batch: 4, checkpoint }
    await train(await tinyNetwork(), images, options)
    const resume = (more: TrainOptions): Promise<string> =>
      tinyNetwork().then((net) =>
        messageOf(train(net, images, { ...options, resume: true, ...more })),
      )
    expect(await resume({ rate: 0.5 })).match(/is of another training: .*"rate":0.001.*"rate":0.5/)
    writeFileSync(checkpoint, readFileSync(checkpoint).subarray(0, 1000))
    expect(await resume({})).match(/not a valid safetensors file/)
  })

  it('keeps the best network beside the last', async () => {
    // A rate that grows no better: the first epoch's network is the best one.
    const checkpoint = join(folder, 'tiny.safetensors')
    const trained = await train(await tinyNetwork(heInitialiser(2, 'fc')), brightness(160), {
      batch: 16,
      epochs: 4,
      rate: 3,
      schedule: 'constant',
      warmup: 10,
      optimizer: sgd({ momentum: 0 }),
      validation: brightness(60, 2),
      checkpoint,
    })
    const shares = trained.history.validation.map(({ accuracy }) => accuracy)
    const { accuracy } = await evaluate(trained.best, brightness(60, 2))
    expect(accuracy.share).equal(Math.max(...shares))
    expect(readdirSync(folder)).include(bestPath('tiny.safetensors'))
  })

  it('drops units: what was dropped learns nothing from the image', async () => {
    const net = await tinyNetwork(heInitialiser(1, 'fc'))
    const { weights } = await train(net, images.take(1), {
      dropout: { relu3: 0.5 },
      optimizer: sgd({ momentum: 0 }),
      rate: 1,
      warmup: 0,
      seed: 3,
    })
    const before = net.graph.constants.get('fc.weight')!.data as Float32Array
    const after = weights.get('fc.weight')!.data as Float32Array
    const { relu3 } = await net.run(images.get(0).image, { layers: ['relu3'] })
    // In training batch norm sees this image alone, so only how many units learn can be compared.
    const learning = Array.from({ length: 96 }, (_, unit) => before[unit] !== after[unit])
    const count = learning.filter(Boolean).length
    const active = relu3!.data.filter((value) => value > 0).length
    expect(active).above(30)
    expect(count).above(5).and.below(60)
    const all = await train(net, images.take(1), {
      optimizer: sgd({ momentum: 0 }),
      rate: 1,
      warmup: 0,
      seed: 3,
    })
    const moved = all.weights.get('fc.weight')!.data as Float32Array
    const without = learning.map((_, unit) => before[unit] !== moved[unit])
    // Whatever learns with dropout learns without it, and about half as much does.
    learning.forEach((is, unit) => is && expect(without[unit]).equal(true))
    expect(count / without.filter(Boolean).length).within(0.3, 0.7)
  })

  it('makes a network hold against the attacks that it was trained on', async () => {
    // A faint pattern that always tells the class, and a strong one that does in four of five images.
    const twoCues = (length: number, seed: number): Dataset<Example> =>
      new Dataset(length, classes, (index) => {
        const random = new Random(mixSeeds(seed, index))
        const label = random.integer(3)
        const strong = random.uniform() < 0.8 ? label : random.integer(3)
        const data = Float32Array.from({ length: 192 }, (_, i) => {
          const [row, column] = [Math.floor((i % 64) / 8), i % 8]
          const bright = Math.min(2, Math.floor(row / 2.7)) === strong ? 0.2 : -0.2
          return 0.5 + bright + (column % 3 === label ? 0.06 : 0) + random.normal(0, 0.02)
        })
        return { image: new Image(8, 8, data), label }
      })
    const options = { batch: 16, epochs: 6, rate: 5e-3, seed: 1 }
    const adversary = { norm: 'linf', epsilon: 0.1, steps: 3 } as const
    const train2 = async (more: TrainOptions): Promise<Network> =>
      (
        await train(await tinyNetwork(heInitialiser(5, 'fc')), twoCues(480, 1), {
          ...options,
          ...more,
        })
      ).network
    const [robust, plain] = [await train2({ adversary }), await train2({})]
    // A training without steps to speak of measures the accuracy on attacked images.
    const attacked = async (net: Network): Promise<number> => {
      const one = { batch: 128, rate: 1e-9, adversary, seed: 2 }
      return (await train(net, twoCues(128, 9), one)).history.accuracies[0]!
    }
    const clean = async (net: Network): Promise<number> =>
      (await evaluate(net, twoCues(128, 9))).accuracy.share
    expect(await clean(plain)).above(0.95)
    expect(await attacked(plain)).below(0.5)
    expect(await attacked(robust)).above(0.65)
  })

  it('trains any ONNX file: the parameters of layers, and no other constants', async () => {
    const net = await tinyNetwork()
    const read = await Network.from(readOnnx(writeOnnx(net.graph)), {
      classes,
      preprocessing: net.preprocessing,
    })
    const options = { batch: 4, seed: 1 }
    const [one, two] = [await train(net, images, options), await train(read, images, options)]
    expect(two.history).deep.equal(one.history)

    const architecture = new Architecture('affine', [3, 8, 8], heInitialiser(1, 'fc'))
    const scaled = architecture.affine('scale', 'input', [2, 2, 2], [1, 1, 1])
    const graph = architecture.output(
      architecture.linear('fc', architecture.flatten('flatten', scaled), 3),
    )
    expect(parameterNames(graph)).deep.equal(['fc.weight', 'fc.bias'])
  })

  it('trains only what it is told to', async () => {
    const net = await tinyNetwork()
    const trained = await train(net, images, {
      batch: 4,
      trainable: (name) => name.startsWith('fc'),
    })
    for (const name of parameterNames(net.graph)) {
      const [before, after] = [net.graph, trained.network.graph].map(
        ({ constants }) => constants.get(name)!.data,
      )
      if (name.startsWith('fc')) expect(after).not.deep.equal(before)
      else expect(after).deep.equal(before)
    }
  })

  it('says what is wrong with what it is told', async () => {
    const net = await tinyNetwork()
    const messages = (options: TrainOptions, data = images): Promise<string> =>
      messageOf(train(net, data, options))
    expect(await messages({ batch: 13 })).equal(
      'a batch of 13 is more than the 12 images there are',
    )
    expect(await messages({ epochs: 0.5 })).match(/epochs is a whole number/)
    expect(await messages({ rate: -1 })).match(/rate is above 0, not -1/)
    expect(await messages({ dropout: { relu4: 0.5 } })).match(/relu4.*relu/)
    expect(await messages({ resume: true })).match(/give the path of the checkpoint/)
    expect(await messages({ rate: 1e30, warmup: 0, epochs: 9 })).match(/try a lower rate/)
    const two = new Dataset(4, ['a', 'b'], (i) => images.get(i))
    expect(await messages({}, two)).match(/has 3 classes, but the data set has 2/)
    const wrong = new Dataset(4, classes, (i) => ({ ...images.get(i), label: 3 }))
    expect(await messages({}, wrong)).match(
      /has the label 3; expected the index of one of 3 classes/,
    )
  })

  it('draws its learning curves while it goes on, where a notebook shows its work', async () => {
    const sink = Symbol.for('fovea.progress')
    const host = globalThis as { [sink]?: (state: WorkState) => void }
    const before = host[sink]
    const texts: string[] = []
    host[sink] = ({ label, show }) => {
      if (label === 'Training' && show) texts.push(String(show()))
    }
    try {
      await train(await tinyNetwork(), images, { batch: 4, epochs: 4 })
    } finally {
      host[sink] = before
    }
    expect(texts.at(-1)).match(/^after 12 of 12 steps: loss \d/)
  })

  it('shows its learning curves in a notebook', async () => {
    const trained = await train(await tinyNetwork(), images, { batch: 4, validation: images })
    const bundle = trained[display]()
    expect(bundle).property('image/png')
    expect(bundle['text/plain']).match(/after 3 of 3 steps: loss \d.*validation accuracy/)
  })

  it('takes no network that scores all classes alike for one that is right', () => {
    expect(accuracy(new Float32Array(6), Int32Array.of(1, 2))).equal(0)
    expect(accuracy(Float32Array.of(0, 3, 3, 2, 1, 0), Int32Array.of(1, 0))).equal(1)
    expect(accuracy(new Float32Array(6).fill(NaN), Int32Array.of(0, 1))).equal(0)
  })

  it('He initialisation has deviation √(2 / inputs), biases of 0, and norms that do nothing', () => {
    const initialise = heInitialiser(1, 'fc8')
    const values = initialise('conv.weight', [64, 32, 3, 3]).data as Float32Array
    const square = values.reduce((sum, w) => sum + w * w, 0) / values.length
    expect(Math.sqrt(square)).closeTo(Math.sqrt(2 / 288), 0.002)
    const one = (name: string) => [...(initialise(name, [2]).data as Float32Array)]
    expect(one('conv.bias')).deep.equal([0, 0])
    expect(one('bn.weight')).deep.equal([1, 1])
    expect(one('bn.running_mean')).deep.equal([0, 0])
    expect(one('bn.running_var')).deep.equal([1, 1])
  })
})
