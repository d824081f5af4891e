/** PyTorch's and Captum's own results on small networks, and how to compare with them. */
import { readFileSync } from 'node:fs'
import type { Engine } from '../src/engine/engine.js'
import type { Tensor } from '../src/engine/tensor.js'
import { readOnnx } from '../src/network/onnx-file.js'
import { Network } from '../src/network/network.js'
import { readSafeTensors } from '../src/network/safetensors.js'

export const fixture = (path: string): URL => new URL(`fixtures/${path}`, import.meta.url)

export const referenceNetworks = ['plain', 'residual', 'inception', 'depthwise'] as const

export interface Reference {
  net: Network
  /** What PyTorch computed, by name. */
  tensor(name: string): Tensor
  names: string[]
  settings: {
    target: number
    wrong: number
    cam_layer: string
    taps: string[]
    neuron: [string, [number, number, number]]
    class_ascent_10: { objective: number[] }
    inversion_adam_10: { losses: number[] }
  }
  labels: number[]
}

/** @param engine What runs the network. Default: onnx. */
export async function reference(name: string, engine?: Engine): Promise<Reference> {
  const read = (file: string): Buffer => readFileSync(fixture(`reference/${name}/${file}`))
  const { tensors } = readSafeTensors(read('reference.safetensors'))
  return {
    net: await Network.from(readOnnx(read('model.onnx')), { name, engine }),
    tensor(key) {
      const found = tensors.get(key)
      if (!(found?.data instanceof Float32Array)) throw new Error(`no reference '${key}'`)
      return { data: found.data, shape: found.shape }
    },
    names: [...tensors.keys()],
    settings: JSON.parse(read('reference.json').toString()) as Reference['settings'],
    labels: Array.from(tensors.get('batch_labels')?.data ?? [], Number),
  }
}

/** ‖a − b‖ / ‖b‖ */
export function relativeError(actual: Tensor, expected: Tensor): number {
  if (actual.data.length !== expected.data.length)
    throw new Error(`[${actual.shape.join()}] cannot equal [${expected.shape.join()}]`)
  let difference = 0
  let norm = 0
  expected.data.forEach((value, i) => {
    difference += (actual.data[i]! - value) ** 2
    norm += value ** 2
  })
  return difference === 0 ? 0 : Math.sqrt(difference / norm)
}
