/** Matrix products. */
import type { Builder } from '../network/builder.js'
import { numberAttribute } from '../network/graph.js'
import { unbroadcast } from './broadcasting.js'
import type { BackwardRule } from './rule.js'

/** y = α · A' · B' + β · C */
export const Gemm: BackwardRule = ({ b, node, dy }) => {
  const [a, w, c] = node.inputs as [string, string, string | undefined]
  const alpha = numberAttribute(node, 'alpha', 1)
  const beta = numberAttribute(node, 'beta', 1)
  const transA = numberAttribute(node, 'transA', 0)
  const transB = numberAttribute(node, 'transB', 0)
  const gemm = (x: string, y: string, tx: number, ty: number): string =>
    b.add('Gemm', [x, y], { alpha, transA: tx, transB: ty })
  return [
    () => (transA ? gemm(w, dy, transB, 1) : gemm(dy, w, 0, 1 - transB)),
    () => (transB ? gemm(dy, a, 1, transA) : gemm(a, dy, 1 - transA, 0)),
    c ? () => unbroadcast(b, beta === 1 ? dy : b.add('Mul', [dy, b.scalar(beta)]), c) : undefined,
  ]
}

export const MatMul: BackwardRule = ({ b, node, dy }) => {
  const [x, y] = node.inputs as [string, string]
  const signal = matrix(b, dy, b.shape(x).length === 1, b.shape(y).length === 1)
  const left = b.shape(x).length === 1 ? b.reshape(x, [1, ...b.shape(x)]) : x
  const right = b.shape(y).length === 1 ? b.reshape(y, [...b.shape(y), 1]) : y
  return [
    () => b.reshape(unbroadcast(b, b.add('MatMul', [signal, swap(b, right)]), left), b.shape(x)),
    () => b.reshape(unbroadcast(b, b.add('MatMul', [swap(b, left), signal]), right), b.shape(y)),
  ]
}

/** Swaps the last two axes. */
function swap(b: Builder, value: string): string {
  const rank = b.shape(value).length
  const order = Array.from({ length: rank }, (_, i) => i)
  return b.transpose(value, [...order.slice(0, -2), rank - 1, rank - 2])
}

/** Gives a product of vectors the axes of length 1 back that MatMul dropped. */
function matrix(b: Builder, dy: string, row: boolean, column: boolean): string {
  let signal = dy
  if (row) signal = b.add('Unsqueeze', [signal, b.integers([column ? -1 : -2])])
  if (column) signal = b.add('Unsqueeze', [signal, b.integers([-1])])
  return signal
}
