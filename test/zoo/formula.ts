/** The weights by formula that test/zoo/make.py gives its networks: the same numbers, bit for bit. */
import { sizeOf } from '../../src/engine/tensor.js'
import { float32, type TypedTensor } from '../../src/network/graph.js'

/** Numbers from −½ to ½ by a hash of the tensor's name and their index (lowbias32 by C. Wellons). */
export function numbers(name: string, size: number): Float64Array {
  let seed = 2166136261
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619)
  const result = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    let z = Math.imul(i, 0x9e3779b9) + seed
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    result[i] = ((z ^ (z >>> 15)) >>> 0) / 2 ** 32 - 0.5
  }
  return result
}

/** Weights with deviations by He et al. 2015; statistics and scales around 1; small shifts. */
export function formula(name: string, shape: number[]): TypedTensor {
  const kind = name.split('.').at(-1)!
  let factor = 1
  let shift = 0
  if (kind === 'running_mean' || kind === 'bias') factor = 0.4
  else if (kind === 'running_var' || kind === 'layer_scale' || shape.length === 1) shift = 1
  else factor = Math.sqrt(12 / sizeOf(shape.slice(1)))
  const data = new Float32Array(sizeOf(shape))
  numbers(name, data.length).forEach((u, i) => (data[i] = u * factor + shift))
  return float32(data, shape)
}
