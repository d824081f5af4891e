/** What NumPy and scikit-learn find in handwritten digits: test/fixtures/embeddings/make.py. */
import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { type Matrix, rowsOf } from '../../src/embeddings/matrix.js'

export interface Components {
  variances: number[]
  total: number
  directions: number[][]
}

export interface Map {
  rows: number
  points: string
  divergence: number
  trustworthiness: number
}

interface Digits {
  count: number
  pixels: string
  labels: string
  pca: Components
  pcaOfFew: Components
  affinities: { points: number; perplexity: number; p: number[] }
  tsne: Map
  tsneExact: Map
}

const path = new URL('../fixtures/embeddings/digits.json', import.meta.url)
export const sklearn = JSON.parse(readFileSync(path, 'utf8')) as Digits

const bytes = (packed: string): Buffer => inflateSync(Buffer.from(packed, 'base64'))

/** 1797 pictures of 8×8. */
export const digits: Matrix = {
  data: Float32Array.from(bytes(sklearn.pixels)),
  rows: sklearn.count,
  columns: 64,
}

export const labels = Int32Array.from(bytes(sklearn.labels))

export const firstDigits = (count: number): Matrix => rowsOf(digits, 0, count)

/** The map that scikit-learn found, [rows × 2]. */
export function pointsOf({ points }: Map): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes(points)
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
}
