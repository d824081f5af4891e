/** A vision transformer as PyTorch exports it: what lies between its patches and its scores is no convolution. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Engine } from '../../src/engine/engine.js'
import { type Tensor, tensor } from '../../src/engine/tensor.js'
import { Network } from '../../src/network/network.js'
import { readOnnx } from '../../src/network/onnx-file.js'
import { readSafeTensors } from '../../src/network/safetensors.js'
import { classScore } from '../../src/objectives/scores.js'
import { onEveryEngine } from '../engines.js'
import { fixture, relativeError } from '../reference.js'
import { failure } from './models.js'

const read = (file: string): Buffer => readFileSync(fixture(`transformer/${file}`))
const { tensors } = readSafeTensors(read('results.safetensors'))

/** The first so many images, or their results. */
const torch = (name: string, images: number): Tensor => {
  const { data, shape } = tensors.get(name)!
  const size = (data.length / shape[0]!) * images
  return tensor((data as Float32Array).slice(0, size), [images, ...shape.slice(1)])
}

const load = (file: string, engine: Engine): Promise<Network> =>
  Network.from(readOnnx(read(file)), { name: 'transformer', engine })

onEveryEngine('a vision transformer equals PyTorch', (engine) => {
  const cases = [
    ['fixed.onnx', 1],
    ['free.onnx', 1],
    ['free.onnx', 2],
  ] as const
  for (const [file, images] of cases)
    it(`${file}, ${images} at once: scores and gradient`, async () => {
      const net = await load(file, engine)
      const x = torch('input', images)
      expect(relativeError(await net.scoresOf(x), torch('logits', images))).below(1e-5)
      const gradient = await net.gradient(x, { of: classScore(2) })
      expect(relativeError(gradient, torch('gradient', images))).below(1e-5)
      await net.release()
    })

  it('exported for one image it says so when it is given two', async () => {
    const net = await load('fixed.onnx', engine)
    expect(await failure(() => net.scoresOf(torch('input', 2)))).equal(
      "network 'transformer' was exported for batches of 1, but was given 2; " +
        'export it with a free batch dimension (dynamic_axes in PyTorch)',
    )
  })
})
