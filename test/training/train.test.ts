import { expect } from 'chai'
import { Random } from '../../src/image/random.js'
import { float32 } from '../../src/network/graph.js'
import { Architecture, type Initialiser } from '../../src/network/zoo/architecture.js'
import { sgd } from '../../src/training/optimizers.js'
import {
  accuracy,
  type Batch,
  heInitialiser,
  type Progress,
  train,
} from '../../src/training/train.js'
import { onEveryEngine } from '../engines.js'

const size = 8

function smallNetwork(initialise: Initialiser) {
  const net = new Architecture('small', [3, size, size], initialise)
  const x = net.relu('relu1', net.conv('conv1', 'input', 8, 3, { stride: 2, padding: 1 }))
  return net.output(net.linear('fc', net.flatten('flatten', x), 2))
}

/** Two classes: the top or the bottom half is the brighter one. */
async function* batches(count: number, seed = 1): AsyncGenerator<Batch> {
  const random = new Random(seed)
  for (let step = 0; step < count; step++) {
    const labels = Int32Array.from({ length: 16 }, () => random.integer(2))
    const images = new Float32Array(16 * 3 * size * size)
    labels.forEach((label, n) => {
      for (let i = 0; i < 3 * size * size; i++) {
        const row = Math.floor((i % (size * size)) / size)
        const bright = row < size / 2 === (label === 0)
        images[n * 3 * size * size + i] = (bright ? 0.3 : -0.3) + random.normal(0, 0.5)
      }
    })
    yield { images: float32(images, [16, 3, size, size]), labels }
  }
}

onEveryEngine('training', (engine) => {
  const run = async (options = {}): Promise<{ progress: Progress[]; weights: Float32Array }> => {
    const graph = smallNetwork(heInitialiser(5, 'fc'))
    const progress: Progress[] = []
    const trained = await train(graph, batches(60), {
      steps: 60,
      rate: 3e-3,
      warmup: 5,
      engine,
      onStep: (one) => progress.push(one),
      ...options,
    })
    return { progress, weights: trained.get('conv1.weight')!.data as Float32Array }
  }

  it('learns a task that can be learnt', async () => {
    const { progress } = await run()
    expect(progress[0]!.loss).closeTo(Math.log(2), 0.2)
    const last = progress.slice(-10)
    expect(last.reduce((sum, { accuracy: share }) => sum + share, 0) / 10).above(0.95)
    expect(progress.at(-1)!.step).equal(60)
  })

  it('gives the same weights for the same seed', async () => {
    const [one, two] = [await run(), await run()]
    expect(one.weights).deep.equal(two.weights)
  })

  it("makes the step that the gradient's definition says", async () => {
    // One step of plain descent at full rate must lower each weight by rate · d loss / d weight.
    const rate = 0.5
    const start = smallNetwork(heInitialiser(5, 'fc')).constants.get('fc.bias')!
    const before = Float32Array.from(start.data as Float32Array)
    const graph = smallNetwork(heInitialiser(5, 'fc'))
    let labels = new Int32Array()
    async function* one() {
      for await (const batch of batches(1)) {
        labels = batch.labels as Int32Array<ArrayBuffer>
        yield batch
      }
    }
    await train(graph, one(), {
      steps: 1,
      rate,
      warmup: 1,
      labelSmoothing: 0,
      engine,
      optimizer: sgd({ momentum: 0 }),
    })
    const after = graph.constants.get('fc.bias')!.data as Float32Array
    // The last layer starts so small that both classes have probability ½, to first order:
    // d loss / d bias_k = ½ − share of class k.
    const share = labels.filter((label) => label === 0).length / labels.length
    expect(after[0]! - before[0]!).closeTo(-rate * (0.5 - share), 0.02)
    expect(after[1]! - before[1]!).closeTo(rate * (0.5 - share), 0.02)
  })

  it('He initialisation has deviation √(2 / inputs), and biases of 0', () => {
    const initialise = heInitialiser(1, 'fc8')
    const { data } = initialise('conv.weight', [64, 32, 3, 3])
    const values = data as Float32Array
    const square = values.reduce((sum, w) => sum + w * w, 0) / values.length
    expect(Math.sqrt(square)).closeTo(Math.sqrt(2 / 288), 0.002)
    expect(Math.max(...(initialise('conv.bias', [64]).data as Float32Array))).equal(0)
  })

  it('accuracy counts rows whose largest score is the label’s', () => {
    expect(accuracy(new Float32Array([1, 2, 5, 3, 0, 9]), Int32Array.of(1, 1, 1))).closeTo(
      2 / 3,
      1e-9,
    )
  })
})
