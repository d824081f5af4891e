import { expect } from 'chai'
import { Random } from '../../src/image/random.js'
import { float32 } from '../../src/network/graph.js'
import { Architecture } from '../../src/network/zoo/architecture.js'
import { type Batch, heInitialiser, train } from '../../src/training/train.js'

describe('an interrupt of the training', () => {
  it('gives the weights so far: those of a training that had as many steps', async () => {
    const network = () => {
      const net = new Architecture('small', [3, 8, 8], heInitialiser(5, 'fc'))
      return net.output(net.linear('fc', net.flatten('flatten', 'input'), 2))
    }
    async function* batches(): AsyncGenerator<Batch> {
      const random = new Random(1)
      for (;;) {
        const images = Float32Array.from({ length: 4 * 3 * 64 }, () => random.normal(0, 1))
        yield { images: float32(images, [4, 3, 8, 8]), labels: Int32Array.of(0, 1, 1, 0) }
      }
    }
    const stop = new AbortController()
    const interrupted = await train(network(), batches(), {
      steps: 1000,
      signal: stop.signal,
      onStep: ({ step }) => step === 7 && stop.abort(),
    })
    expect([interrupted.interrupted, interrupted.steps]).to.deep.equal([true, 7])

    // The same schedule, whose batches end after seven.
    const twin = network()
    async function* seven(): AsyncGenerator<Batch> {
      let count = 0
      for await (const batch of batches()) {
        if (count++ === 7) return
        yield batch
      }
    }
    const whole = await train(twin, seven(), { steps: 1000 })
    expect([whole.interrupted, whole.steps]).to.deep.equal([false, 7])
    expect(interrupted.get('fc.weight')!.data).to.deep.equal(whole.get('fc.weight')!.data)
  })
})
