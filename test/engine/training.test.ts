import { expect } from 'chai'
import { engines } from '../../src/engine/engines.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { Random } from '../../src/image/random.js'
import { float32 } from '../../src/network/graph.js'
import { Architecture } from '../../src/network/zoo/architecture.js'
import { sgd } from '../../src/training/optimizers.js'
import { type Batch, heInitialiser, train } from '../../src/training/train.js'
import { relativeError } from '../reference.js'

async function* batches(count: number): AsyncGenerator<Batch> {
  const random = new Random(4)
  for (let step = 0; step < count; step++)
    yield {
      images: float32(
        Float32Array.from({ length: 8 * 3 * 8 * 8 }, () => random.normal()),
        [8, 3, 8, 8],
      ),
      labels: Int32Array.from({ length: 8 }, () => random.integer(4)),
    }
}

it('training takes the same steps on every engine', async () => {
  const trained = await Promise.all(
    Object.values(engines).map(async (engine) => {
      const net = new Architecture('small', [3, 8, 8], heInitialiser(5, 'fc'))
      const conv = net.relu('relu1', net.conv('conv1', 'input', 8, 3, { stride: 2, padding: 1 }))
      const graph = net.output(net.linear('fc', net.flatten('flatten', conv), 4))
      const losses: number[] = []
      const weights = await train(graph, batches(5), {
        steps: 5,
        rate: 0.1,
        warmup: 1,
        optimizer: sgd(),
        engine,
        onStep: ({ loss }) => losses.push(loss),
      })
      return { losses, weights }
    }),
  )
  const [one, other] = trained as [(typeof trained)[0], (typeof trained)[0]]
  one.losses.forEach((loss, i) => expect(other.losses[i]).closeTo(loss, 1e-5))
  for (const [name, weight] of one.weights)
    expect(relativeError(other.weights.get(name) as Tensor, weight as Tensor), name).below(1e-4)
})
