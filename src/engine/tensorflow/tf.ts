/** tf.js, loaded when it is first used: that takes a quarter of a second and is not for everybody. */
import { createRequire } from 'node:module'
import type * as Tf from '@tensorflow/tfjs'

export type { Tensor, Tensor2D, Tensor3D, Tensor4D, Tensor5D } from '@tensorflow/tfjs'

const require = createRequire(import.meta.url)
let loaded: typeof Tf | undefined

function load(): typeof Tf {
  if (!loaded) {
    loaded = require('@tensorflow/tfjs') as typeof Tf
    // All that production mode does is to write no advice to a notebook's output.
    loaded.enableProdMode()
  }
  return loaded
}

/**
 * The same module that `import * as tf from '@tensorflow/tfjs'` gives: tensors of the one are tensors of
 * the other.
 */
export const tf = new Proxy({} as typeof Tf, {
  get: (_, name: keyof typeof Tf) => load()[name],
})

/** Of a list of two, what tf's types ask for. */
export const pair = ([height = 1, width = 1]: readonly number[]): [number, number] => [
  height,
  width,
]
