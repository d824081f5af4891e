import { expect } from 'chai'
import { Random } from '../../src/image/random.js'
import { float32, type TypedTensor } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import type { Initialiser } from '../../src/network/zoo/architecture.js'
import {
  scenesNetwork,
  scenesNetworkWithNorms,
  scenesPreprocessing,
} from '../../src/network/zoo/scenes.js'
import { foldNorms } from '../../src/training/fold-norms.js'
import { onEveryEngine } from '../engines.js'

/** Keeps what it made; variances are positive, as they are. */
function recorded(weights: Map<string, TypedTensor>): Initialiser {
  const random = new Random(7)
  return (name, shape) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const [low, high] = name.endsWith('running_var') ? [0.5, 2] : [-0.3, 0.3]
    const data = Float32Array.from({ length: size }, () => random.uniform(low, high))
    const tensor = float32(data, shape)
    weights.set(name, tensor)
    return tensor
  }
}

onEveryEngine('folded batch norms', (engine) => {
  it('leave the network without them as it was', async () => {
    const weights = new Map<string, TypedTensor>()
    const classes = ['a', 'b', 'c', 'd', 'e']
    const options = { name: 'scenes', preprocessing: scenesPreprocessing, classes, engine }
    const normed = await Network.from(scenesNetworkWithNorms(recorded(weights), 5), options)
    const plain = await Network.from(scenesNetwork(foldNorms(weights)), options)
    const random = new Random(3)
    const data = Float32Array.from({ length: 2 * 3 * 96 * 96 }, () => random.normal())
    const input = { data, shape: [2, 3, 96, 96] }
    const scores = async (net: Network) => (await net.run(input))[net.graph.outputs[0]!.name]!.data
    const [expected, found] = [await scores(normed), await scores(plain)]
    const far = Math.hypot(...expected.map((value, i) => value - found[i]!))
    expect(far / Math.hypot(...expected)).below(1e-5)
    expect(plain.layers.some(({ type }) => type === 'BatchNormalization')).equal(false)
    await normed.release()
    await plain.release()
  })
})

describe('foldNorms', () => {
  it('refuses a norm without a convolution', () => {
    const one = float32(new Float32Array(1), [1])
    expect(() => foldNorms(new Map([['bn3.weight', one]]))).throw(
      RangeError,
      "the norm 'bn3' has no convolution 'conv3'",
    )
  })
})
