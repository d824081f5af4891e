import { expect } from 'chai'
import { onnx } from '../../src/engine/onnx.js'
import { gradient } from '../../src/gradient/gradient.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import { Builder } from '../../src/network/builder.js'
import { BATCH, type Dim, float32, Graph, type TypedTensor } from '../../src/network/graph.js'

/** The same numbers for the same seed. */
function normal(shape: number[], seed: number): TypedTensor {
  const random = new Random(mixSeeds(seed))
  const length = shape.reduce((a, b) => a * b, 1)
  return float32(
    Float32Array.from({ length }, () => random.normal()),
    shape,
  )
}

interface Geometry {
  kernel: number[]
  strides?: number[]
  dilations?: number[]
  /** Zeros before rows and columns, then after them. */
  pads?: number[]
}

/** Σ weight · convolution, differentiated by the kernel; a free batch takes the other form of the rule. */
async function kernelGradient(geometry: Geometry, batch: Dim): Promise<Float32Array> {
  const { kernel, strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0] } = geometry
  const graph = new Graph()
  graph.inputs = [{ name: 'x', type: 'float32', shape: [batch, 3, 17, 14] }]
  const b = new Builder(graph)
  const w = b.constant(
    float32(new Float32Array(4 * 3 * kernel[0]! * kernel[1]!), [4, 3, ...kernel]),
    'w',
  )
  const y = b.add('Conv', ['x', w], { kernel_shape: kernel, strides, dilations, pads })
  const weights = b.input('weights', b.shape(y))
  const [byKernel] = gradient(b, b.add('Mul', [y, weights]), [w])
  const program = await onnx.compile(b.graph.extract([byKernel!]))
  const shape = [5, ...b.shape(y).slice(1).map(Number)]
  const feeds = { x: normal([5, 3, 17, 14], 1), weights: normal(shape, 2) }
  const results = await program.run(feeds)
  await program.release()
  return results[byKernel!]!.data as Float32Array
}

describe('the gradient by a large kernel, as a convolution of swapped roles', () => {
  const geometries: Record<string, Geometry> = {
    'stride 1': { kernel: [7, 7] },
    'padding on all sides': { kernel: [6, 7], pads: [3, 2, 1, 4] },
    'stride 2, with rows that no window sees': { kernel: [6, 6], strides: [2, 2] },
    'stride 3 by 2': { kernel: [7, 7], strides: [3, 2], pads: [3, 3, 3, 3] },
    dilation: { kernel: [6, 6], dilations: [2, 2], pads: [1, 1, 1, 1] },
    'stride and dilation': { kernel: [6, 6], strides: [2, 3], dilations: [2, 2] },
  }
  for (const [name, geometry] of Object.entries(geometries))
    it(`is that of one matrix product: ${name}`, async () => {
      const swapped = await kernelGradient(geometry, 5)
      const product = await kernelGradient(geometry, BATCH)
      expect(swapped.length).equal(product.length)
      const scale = Math.max(...product.map(Math.abs))
      expect(scale).above(1)
      swapped.forEach((value, i) => expect(value).closeTo(product[i]!, 1e-5 * scale))
    })
})
