/** Products of large matrices, by the engine: 20 to 100 times as fast as loops over typed arrays. */
import { onnx } from '../engine/onnx.js'
import type { Program } from '../engine/engine.js'
import { Builder } from '../network/builder.js'
import { float32, Graph, type TypedTensor } from '../network/graph.js'

/** A matrix, row by row. */
export interface Matrix {
  data: Float32Array
  rows: number
  columns: number
}

/** Some rows of a matrix, which they share the memory of. */
export const rowsOf = ({ data, columns }: Matrix, from: number, to: number): Matrix => ({
  data: data.subarray(from * columns, to * columns),
  rows: to - from,
  columns,
})

/**
 * Products of one form, a · b, aᵀ · b or a · bᵀ. What is compiled for a size is kept until `release`.
 *
 * @example
 *   const product = new Product('a·bᵀ')
 *   const similarities = await product.of(queries, vectors)
 *   await product.release()
 */
export class Product {
  readonly #programs = new Map<string, Promise<Program>>()

  constructor(private readonly form: 'a·b' | 'aᵀ·b' | 'a·bᵀ') {}

  /** @throws RangeError where the matrices do not fit each other. */
  async of(a: Matrix, b: Matrix): Promise<Matrix> {
    const { form } = this
    const [transA, transB] = [form === 'aᵀ·b', form === 'a·bᵀ']
    const [rows, inner] = transA ? [a.columns, a.rows] : [a.rows, a.columns]
    const [other, columns] = transB ? [b.columns, b.rows] : [b.rows, b.columns]
    if (inner !== other)
      throw new RangeError(
        `matrices of ${a.rows}×${a.columns} and ${b.rows}×${b.columns} have no product ${form}`,
      )
    const shapes = [a, b].map((matrix) => [matrix.rows, matrix.columns])
    const key = shapes.join()
    let program = this.#programs.get(key)
    if (!program) {
      const graph = new Graph()
      graph.inputs = shapes.map((shape, i) => ({ name: 'ab'[i]!, type: 'float32', shape }))
      const builder = new Builder(graph)
      const y = builder.add('Gemm', ['a', 'b'], { transA: Number(transA), transB: Number(transB) })
      program = onnx.compile(builder.graph.extract([y]))
      this.#programs.set(key, program)
    }
    const results = await (
      await program
    ).run({ a: float32(a.data, shapes[0]!), b: float32(b.data, shapes[1]!) })
    const [{ data }] = Object.values(results) as [TypedTensor]
    if (!(data instanceof Float32Array)) throw new TypeError('a product of float32 is float32')
    return { data, rows, columns }
  }

  async release(): Promise<void> {
    for (const program of this.#programs.values()) await (await program).release()
    this.#programs.clear()
  }
}
