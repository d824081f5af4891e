import { float32, type TypedTensor } from '../graph.js'

/**
 * The matrix [windows, size] that averages a line of `size` numbers over windows that cover it evenly:
 * window i is from ⌊i · size / windows⌋ to before ⌈(i + 1) · size / windows⌉, as in PyTorch's adaptive
 * pooling. Where there are more windows than numbers, neighbouring windows see the same ones.
 *
 * @example adaptiveAverages(3, 2) // [[½, ½, 0], [0, ½, ½]]
 */
export function adaptiveAverages(size: number, windows: number): TypedTensor {
  const matrix = new Float32Array(windows * size)
  for (let i = 0; i < windows; i++) {
    const start = Math.floor((i * size) / windows)
    const end = Math.ceil(((i + 1) * size) / windows)
    matrix.fill(1 / (end - start), i * size + start, i * size + end)
  }
  return float32(matrix, [windows, size])
}
