/** Sums over the elements of vectors. */

type Floats = Float32Array | Float64Array

export function dot(a: Floats, b: Floats): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** √Σ a² */
export const euclidean = (vector: Floats): number => Math.sqrt(dot(vector, vector))

/** Σ |a| */
export function absoluteSum(vector: Floats): number {
  let sum = 0
  for (const value of vector) sum += Math.abs(value)
  return sum
}
