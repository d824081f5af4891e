import { expect } from 'chai'
import type { Engine } from '../../src/engine/engine.js'
import { gradient } from '../../src/gradient/gradient.js'
import { blurPlane } from '../../src/image/blur.js'
import { Random } from '../../src/image/random.js'
import { blur } from '../../src/image/transforms/blur.js'
import { jitter } from '../../src/image/transforms/jitter.js'
import { pad } from '../../src/image/transforms/pad.js'
import { rotate } from '../../src/image/transforms/rotate.js'
import { scale } from '../../src/image/transforms/scale.js'
import type { PictureShape, Transform } from '../../src/image/transforms/transform.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph, type TypedTensor } from '../../src/network/graph.js'
import { onEveryEngine } from '../engines.js'
import { relativeError } from '../reference.js'
import { randomTensor } from '../toys.js'

const shape: PictureShape = [2, 3, 12, 10]
const size = shape.reduce((a, b) => a * b)

/** What a transform makes of a picture, and the gradient of ⟨what it makes, weights⟩. */
async function run(engine: Engine, one: Transform, x: Float32Array, fed: TypedTensor[], seed = 3) {
  const graph = new Graph()
  const after = [...one.shape(shape)]
  const weights = randomTensor(after, seed).data
  const b = new Builder(graph)
  b.input('x', shape)
  const names = fed.map((value, i) => b.input(`fed.${i}`, value.shape, value.type))
  const y = one.build(b, 'x', names)
  expect(b.shape(y)).deep.equal(after)
  const product = b.sum(b.add('Mul', [y, b.constant(float32(weights, after))]), [0, 1, 2, 3])
  const [slope] = gradient(b, product, ['x'])
  b.addMany('Identity', [y], {}, 1, 'y')
  b.addMany('Identity', [slope!], {}, 1, 'slope')
  const program = await engine.compile(b.graph.extract(['y', 'slope']))
  const feeds = Object.fromEntries(fed.map((value, i) => [`fed.${i}`, value]))
  const results = await program.run({ x: float32(x, [...shape]), ...feeds })
  await program.release()
  const data = (name: string) => results[name]!.data as Float32Array
  return { y: data('y'), slope: data('slope'), weights }
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)

onEveryEngine('transforms', (engine) => {
  const x = randomTensor([...shape], 1).data
  const other = randomTensor([...shape], 2).data
  const all: Record<string, Transform> = {
    jitter: jitter(20),
    scale: scale(0.6, 1.5),
    rotate: rotate(40),
    blur: blur(0.8),
    'pad with the mean': pad(3),
    'pad with the edge': pad(3, { mode: 'edge' }),
    'pad with its reflection': pad(3, { mode: 'reflect' }),
  }
  for (const [name, one] of Object.entries(all))
    it(`${name} is linear, and its gradient its transpose`, async () => {
      const fed = one.draw(shape, new Random(77))
      const { slope, weights } = await run(engine, one, x, fed)
      const { y } = await run(engine, one, other, fed)
      // ⟨T z, w⟩ = ⟨z, Tᵀ w⟩ for a z that the gradient has not seen.
      const expected = dot(y, weights)
      expect(Math.abs(expected)).above(0.1)
      expect(dot(other, slope)).closeTo(expected, 1e-4 * Math.abs(expected) + 1e-5)
    })

  for (const name of ['jitter', 'scale', 'rotate'])
    it(`${name} stands still without random numbers, and moves with them`, async () => {
      const one = all[name]!
      const tensor = (data: Float32Array) => ({ data, shape: [size] })
      const still = await run(engine, one, x, one.draw(shape, undefined))
      expect(relativeError(tensor(still.y), tensor(x))).below(1e-5)
      const moved = await run(engine, one, x, one.draw(shape, new Random(77)))
      expect(relativeError(tensor(moved.y), tensor(x))).above(0.1)
    })

  const [, , height, width] = shape
  const at = (data: Float32Array, map: number, row: number, column: number): number =>
    data[(map * height + row) * width + column]!

  it('jitter moves what leaves on one side to the other', async () => {
    const fed = jitter(5).draw(shape, new Random(4))
    const { y } = await run(engine, jitter(5), x, fed)
    const rows = fed[0]!.data as Int32Array
    const columns = fed[2]!.data as Int32Array
    expect((rows[1]! - rows[0]! + height) % height).equal(1)
    for (const [row, column] of [
      [0, 0],
      [7, 9],
      [11, 3],
    ] as const)
      expect(at(y, 4, row, column)).equal(at(x, 4, rows[row]!, columns[column]!))
  })

  it('rotate turns half a turn exactly', async () => {
    const half = { uniform: () => 180 } as unknown as Random
    const { y } = await run(engine, rotate(180), x, rotate(180).draw(shape, half))
    for (const [row, column] of [
      [0, 0],
      [5, 7],
    ] as const)
      expect(at(y, 3, row, column)).closeTo(at(x, 3, height - 1 - row, width - 1 - column), 1e-4)
  })

  it('scale by 2 is bilinear about the middle', async () => {
    const { y } = await run(engine, scale(2, 2), x, scale(2, 2).draw(shape, new Random(1)))
    // Row 6 of the enlarged picture lies at 5.75 of the old one, column 5 at 4.75.
    const expected =
      0.25 * (0.25 * at(x, 1, 5, 4) + 0.75 * at(x, 1, 5, 5)) +
      0.75 * (0.25 * at(x, 1, 6, 4) + 0.75 * at(x, 1, 6, 5))
    expect(at(y, 1, 6, 5)).closeTo(expected, 1e-5)
  })

  it('blur is a Gaussian', async () => {
    const { y } = await run(engine, blur(0.8), x, [])
    const plane = blurPlane(x.subarray(0, height * width), width, height, 0.8)
    // In the middle, which the edges do not reach.
    for (const [row, column] of [
      [5, 5],
      [6, 4],
    ] as const)
      expect(at(y, 0, row, column)).closeTo(plane[row * width + column]!, 1e-5)
  })
})

describe('transforms', () => {
  it('refuse what they cannot be', () => {
    expect(() => jitter(0.5)).throw(RangeError, 'jitter moves by a whole number of pixels')
    expect(() => scale(1.1, 0.9)).throw(RangeError, 'low to high')
    expect(() => rotate(0)).throw(RangeError, 'up to 180 degrees')
    expect(() => blur(-1)).throw(RangeError, 'above 0 pixels')
    expect(() => pad(2, { mode: 'wrap' as 'edge' })).throw(RangeError, "'reflect'")
  })
})
