/** Principal components of large matrices. */
import { EigenvalueDecomposition, Matrix as SmallMatrix } from 'ml-matrix'
import { Random } from '../image/random.js'
import { type Matrix, Product } from './matrix.js'
import { less, meanOf } from './nearest.js'

/** The directions of largest variance, the first one first. */
export interface Components {
  /** The mean of the rows. */
  mean: Float64Array
  /** The directions, [count × columns], orthonormal; the largest element of each is positive. */
  directions: Matrix
  /** Where the rows lie along them, [rows × count]. */
  scores: Matrix
  /** The variance along each, with N − 1 in the denominator. */
  variances: Float64Array
  /** The variance in all directions together. */
  total: number
}

/** Up to this size of the smaller side the eigenvectors are computed by a direct method. */
const DIRECT = 300
/** Directions beside those asked for, and rounds of the iteration (Halko, Martinsson & Tropp 2011). */
const [OVERSAMPLING, ROUNDS] = [16, 8]

/**
 * The principal components of the rows of a matrix: its singular value decomposition about their mean. Where
 * both sides are large, by randomised subspace iteration (Halko, Martinsson & Tropp 2011: Finding structure with
 * randomness); otherwise directly.
 *
 * @param count How many; there are at most as many as rows and columns.
 * @param seed Of the subspace that the iteration begins with.
 */
export async function principalComponents(
  matrix: Matrix,
  count: number,
  seed: number,
): Promise<Components> {
  const mean = meanOf(matrix)
  const x = less(matrix, mean)
  const { rows, columns } = x
  const kept = Math.min(count, rows, columns)
  const total = x.data.reduce((sum, value) => sum + value * value, 0) / (rows - 1)
  const direct = Math.min(rows, columns) <= DIRECT || kept + OVERSAMPLING >= Math.min(rows, columns)
  const directions = flipped(await (direct ? eigenvectors(x, kept) : subspace(x, kept, seed)))
  const scores = await multiply('a·bᵀ', x, directions)
  const variances = new Float64Array(kept)
  scores.data.forEach((score, at) => (variances[at % kept]! += score ** 2 / (rows - 1)))
  return { mean, directions, scores, variances, total }
}

/** By the eigenvectors of the smaller of xᵀx and xxᵀ. */
async function eigenvectors(x: Matrix, count: number): Promise<Matrix> {
  if (x.columns <= x.rows) return largest(gram(await multiply('aᵀ·b', x, x)), count)
  // The eigenvectors of xxᵀ are those of the rows; xᵀ takes them to directions.
  const ofRows = largest(gram(await multiply('a·bᵀ', x, x)), count)
  return orthonormal(await multiply('a·b', ofRows, x))
}

/** The subspace that the largest singular values stretch most, in which the problem is small. */
async function subspace(x: Matrix, count: number, seed: number): Promise<Matrix> {
  const random = new Random(seed)
  const size = Math.min(count + OVERSAMPLING, x.rows, x.columns)
  const noise = Float32Array.from({ length: size * x.columns }, () => random.normal())
  const [forth, back] = [new Product('a·bᵀ'), new Product('a·b')]
  try {
    let basis = orthonormal({ data: noise, rows: size, columns: x.columns })
    for (let round = 0; round < ROUNDS; round++)
      basis = orthonormal(await back.of(await forth.of(basis, x), x))
    const within = await forth.of(basis, x)
    const rotation = largest(gram(await multiply('a·bᵀ', within, within)), count)
    return await multiply('a·b', rotation, basis)
  } finally {
    await forth.release()
    await back.release()
  }
}

async function multiply(
  form: ConstructorParameters<typeof Product>[0],
  a: Matrix,
  b: Matrix,
): Promise<Matrix> {
  const product = new Product(form)
  try {
    return await product.of(a, b)
  } finally {
    await product.release()
  }
}

const gram = ({ data, rows, columns }: Matrix): SmallMatrix =>
  SmallMatrix.from1DArray(rows, columns, Array.from(data))

/** The eigenvectors of a symmetric matrix with the largest eigenvalues, as rows. */
function largest(symmetric: SmallMatrix, count: number): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  })
  const order = realEigenvalues
    .map((value, i) => ({ value, i }))
    .sort((a, b) => b.value - a.value)
    .slice(0, count)
  const columns = symmetric.rows
  const data = new Float32Array(count * columns)
  order.forEach(({ i }, row) => data.set(eigenvectorMatrix.getColumn(i), row * columns))
  return { data, rows: count, columns }
}

/** The rows made orthonormal, one after the other (Gram & Schmidt), twice against rounding; 0 stays 0. */
function orthonormal({ data, rows, columns }: Matrix): Matrix {
  const row = (i: number): Float64Array => basis.subarray(i * columns, (i + 1) * columns)
  const basis = Float64Array.from(data)
  for (let i = 0; i < rows; i++) {
    const own = row(i)
    const before = Math.sqrt(dot(own, own))
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const other = row(j)
        const share = dot(own, other)
        for (let k = 0; k < columns; k++) own[k]! -= share * other[k]!
      }
    const length = Math.sqrt(dot(own, own))
    // What is left of a row that depends on the others is rounding.
    const scale = length > 1e-6 * before ? 1 / length : 0
    for (let k = 0; k < columns; k++) own[k]! *= scale
  }
  return { data: Float32Array.from(basis), rows, columns }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Each direction with its largest element positive: a component has no sign of its own. */
function flipped(directions: Matrix): Matrix {
  const { data, rows, columns } = directions
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns)
    const most = row.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0)
    if (most < 0) for (let k = 0; k < columns; k++) row[k] = -row[k]!
  }
  return directions
}
