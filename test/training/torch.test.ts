import { expect } from 'chai'
import { adamW, type Optimizer, sgd } from '../../src/training/optimizers.js'
import { train, type TrainOptions } from '../../src/training/train.js'
import { onEveryEngine } from '../engines.js'
import { images, tinyNetwork, torch, torchWeights } from './tiny.js'

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))

onEveryEngine('nine steps of training are those of PyTorch', (engine) => {
  const cases: Record<string, [Optimizer, TrainOptions]> = {
    sgd: [sgd({ weightDecay: 0.05 }), { rate: 0.1, schedule: 'constant' }],
    nesterov: [sgd({ momentum: 0.8, nesterov: true, weightDecay: 0.05 }), { rate: 0.1 }],
    adamw: [adamW({ betas: [0.9, 0.99], weightDecay: 0.1 }), { rate: 0.01, labelSmoothing: 0.1 }],
  }
  for (const [name, [optimizer, options]] of Object.entries(cases))
    it(`${name}: losses, weights, running statistics, and scores after it`, async () => {
      const common = { batch: 4, epochs: 3, warmup: 2, shuffle: false, seed: 1 }
      const net = await tinyNetwork(undefined, engine)
      const trained = await train(net, images, { ...common, ...options, optimizer })
      const { losses } = trained.history
      expect(largestDifference(losses, torch(`${name}/losses`).data)).below(1e-5)
      const expected = torchWeights(name)
      expect(expected.size).equal(14)
      for (const [weight, { data }] of expected) {
        const own = trained.weights.get(weight)!.data as Float32Array
        expect(largestDifference(own, data as Float32Array), weight).below(1e-5)
        // The comparison could not fail where training had changed nothing.
        const before = torchWeights('first').get(weight)!.data as Float32Array
        expect(largestDifference(before, data as Float32Array), weight).above(1e-4)
      }
      // The trained network normalises by its running statistics.
      const { data: scores } = torch(`${name}/scores`)
      const { network } = trained
      for (let i = 0; i < images.length; i++) {
        const own = (await network.scoresOf(images.get(i).image)).data
        expect(largestDifference(own, scores.subarray(3 * i, 3 * i + 3)), `image ${i}`).below(1e-4)
      }
      await network.release()
    })
})
