/** Signals that meet where windows of a max-pooling overlap: gradients add them, unpooling overwrites. */
import { expect } from 'chai'
import { gradient } from '../../src/gradient/gradient.js'
import type { Unpooling } from '../../src/gradient/unpooling.js'
import type { Engine } from '../../src/engine/engine.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph } from '../../src/network/graph.js'
import { onEveryEngine } from '../engines.js'
import { randomTensor } from '../toys.js'

interface Pooling {
  kernel: number
  stride: number
  pad: number
}

/** Sends a signal through a max-pooling's switches, on the engine. */
async function unpool(
  engine: Engine,
  x: Float32Array,
  shape: number[],
  { kernel, stride, pad }: Pooling,
  signal: (length: number) => Float32Array,
  unpooling: Unpooling,
): Promise<{ placed: Float32Array; dy: Float32Array; output: number[] }> {
  const graph = new Graph()
  graph.inputs = [{ name: 'x', type: 'float32', shape }]
  const b = new Builder(graph)
  const pooled = b.add('MaxPool', ['x'], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
  })
  const output = b.shape(pooled).map(Number)
  const dy = signal(output.reduce((p, n) => p * n, 1))
  const weighed = b.add('Mul', [pooled, b.input('dy', output)])
  const [result] = gradient(b, weighed, ['x'], 'plain', unpooling)
  const program = await engine.compile(b.graph.extract([result!]))
  const found = await program.run({ x: float32(x, shape), dy: float32(dy, output) })
  await program.release()
  return { placed: found[result!]!.data as Float32Array, dy, output }
}

/** The same by plain loops: window by window, the first of equal maxima. */
function twin(
  x: Float32Array,
  [count, channels, height, width]: [number, number, number, number],
  { kernel, stride, pad }: Pooling,
  dy: Float32Array,
  [, , rows, columns]: number[],
  unpooling: Unpooling,
): Float32Array {
  const placed = new Float32Array(x.length)
  for (let plane = 0; plane < count * channels; plane++)
    for (let row = 0; row < rows!; row++)
      for (let column = 0; column < columns!; column++) {
        let best = -1
        for (let dy = 0; dy < kernel; dy++)
          for (let dx = 0; dx < kernel; dx++) {
            const [py, px] = [row * stride + dy - pad, column * stride + dx - pad]
            if (py < 0 || px < 0 || py >= height || px >= width) continue
            const at = (plane * height + py) * width + px
            if (best < 0 || x[at]! > x[best]!) best = at
          }
        const value = dy[(plane * rows! + row) * columns! + column]!
        placed[best] = unpooling === 'add' ? placed[best]! + value : value
      }
  return placed
}

onEveryEngine('unpooling', (engine) => {
  const shape: [number, number, number, number] = [2, 3, 9, 8]
  const { data: x } = randomTensor(shape)
  const signal = (length: number): Float32Array => randomTensor([length], 5).data

  for (const pooling of [
    { kernel: 2, stride: 2, pad: 0 },
    { kernel: 3, stride: 2, pad: 0 },
    { kernel: 3, stride: 2, pad: 1 },
    { kernel: 3, stride: 1, pad: 1 },
    { kernel: 5, stride: 2, pad: 2 },
  ])
    it(`of windows of ${pooling.kernel}, stride ${pooling.stride}, padding ${pooling.pad}, equals plain loops`, async () => {
      for (const unpooling of ['add', 'overwrite'] as const) {
        const { placed, dy, output } = await unpool(engine, x, shape, pooling, signal, unpooling)
        const expected = twin(x, shape, pooling, dy, output, unpooling)
        placed.forEach((value, i) => expect(value, unpooling).closeTo(expected[i]!, 1e-6))
      }
    })

  it('is the gradient exactly where windows do not overlap', async () => {
    const both = async (pooling: Pooling) =>
      Promise.all(
        (['add', 'overwrite'] as const).map(
          async (unpooling) => (await unpool(engine, x, shape, pooling, signal, unpooling)).placed,
        ),
      )
    const [gradient, unpooled] = await both({ kernel: 2, stride: 2, pad: 0 })
    expect([...unpooled!]).deep.equal([...gradient!])
    // As in AlexNet and SqueezeNet.
    const [sums, last] = await both({ kernel: 3, stride: 2, pad: 0 })
    const differing = sums!.filter((value, i) => value !== last![i]).length
    expect(differing).above(5)
  })

  it('of equal values takes the first of each window', async () => {
    const flat = new Float32Array(x.length).fill(1)
    const pooling = { kernel: 3, stride: 2, pad: 0 }
    for (const unpooling of ['add', 'overwrite'] as const) {
      const { placed, dy, output } = await unpool(engine, flat, shape, pooling, signal, unpooling)
      expect([...placed]).deep.equal([...twin(flat, shape, pooling, dy, output, unpooling)])
    }
  })
})
