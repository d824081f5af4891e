import { expect } from 'chai'
import { Dataset } from '../../datasets/dataset.js'
import { engines } from '../../src/engine/engines.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { Image } from '../../src/image/image.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import { Network } from '../../src/network/network.js'
import { Architecture } from '../../src/network/zoo/architecture.js'
import { sgd } from '../../src/training/optimizers.js'
import { heInitialiser } from '../../src/training/parameters.js'
import { train } from '../../src/training/train.js'
import { relativeError } from '../reference.js'

const classes = ['a', 'b', 'c', 'd']
const noise = new Dataset(40, classes, (index) => {
  const random = new Random(mixSeeds(4, index))
  const data = Float32Array.from({ length: 3 * 8 * 8 }, () => random.uniform())
  return { image: new Image(8, 8, data), label: random.integer(4) }
})

it('training takes the same steps on every engine', async () => {
  const trained = await Promise.all(
    Object.values(engines).map(async (engine) => {
      const architecture = new Architecture('small', [3, 8, 8], heInitialiser(5, 'fc'))
      const conv = architecture.conv('conv1', 'input', 8, 3, { stride: 2, padding: 1 })
      const flat = architecture.flatten('flatten', architecture.relu('relu1', conv))
      const graph = architecture.output(architecture.linear('fc', flat, 4))
      const net = await Network.from(graph, { classes, engine })
      return train(net, noise, { batch: 8, rate: 0.1, warmup: 1, optimizer: sgd() })
    }),
  )
  const [one, other] = trained as [(typeof trained)[0], (typeof trained)[0]]
  expect(one.history.losses.length).equal(5)
  one.history.losses.forEach((loss, i) => expect(other.history.losses[i]).closeTo(loss, 1e-5))
  for (const name of ['conv1.weight', 'conv1.bias', 'fc.weight', 'fc.bias'])
    expect(
      relativeError(other.weights.get(name) as Tensor, one.weights.get(name) as Tensor),
      name,
    ).below(1e-4)
})
