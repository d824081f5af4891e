/**
 * Every family of the zoo against PyTorch, with weights that are the same here and there without a file.
 * make.py says how the results were made; torch.test.ts compares in full where PyTorch is installed.
 */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { engines } from '../../src/engine/engines.js'
import type { Tensor } from '../../src/engine/tensor.js'
import type { ReluRule } from '../../src/gradient/relu-rules.js'
import type { Graph } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readSafeTensors } from '../../src/network/safetensors.js'
import { type Classifier, torchvision } from '../../src/network/zoo/torchvision.js'
import { classScore } from '../../src/objectives/scores.js'
import { fixture, relativeError } from '../reference.js'
import { formula, numbers } from './formula.js'

/** L2-relative; larger where noise as large as rounding's moves PyTorch's own results. */
const TOLERANCE = 1e-4
const TOLERANCE_AT_TIES = 1e-3
/** Every seventh element of a gradient is recorded, and its norm. */
const SAMPLE = 7

const { tensors, metadata } = readSafeTensors(readFileSync(fixture('zoo/results.safetensors')))
const architectures: Record<string, Classifier> = torchvision

interface Settings {
  target: number
  size: number
  /** What the input's formula is seeded by. */
  input: string
  /** How far noise as large as rounding's moves PyTorch's own results: a ReLU, a maximum is a close call. */
  noise: number
}

const recorded = (name: string): Tensor => {
  const found = tensors.get(name)
  if (!(found?.data instanceof Float32Array)) throw new Error(`no result '${name}'`)
  return { data: found.data, shape: found.shape }
}

const norm = ({ data }: Tensor): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0))

const sample = ({ data }: Tensor): Tensor => {
  const kept = data.filter((_, i) => i % SAMPLE === 0)
  return { data: kept, shape: [kept.length] }
}

describe('architectures of the zoo equal PyTorch', function () {
  this.timeout(60_000) // VGG's half a gigabyte of weights
  for (const [name, text] of Object.entries(metadata))
    describe(name, () => {
      const { target, size, input, noise } = JSON.parse(text) as Settings
      const tolerance = noise > TOLERANCE / 2 ? TOLERANCE_AT_TIES : TOLERANCE
      let graph: Graph | undefined
      before(() => {
        graph = architectures[name]!.architecture(formula, [size, size])
      })
      after(() => {
        graph = undefined
      })

      for (const engine of Object.values(engines))
        it(`scores, gradient, guided backpropagation [${engine.name}]`, async () => {
          const net = await Network.from(graph!, { engine })
          const pixels = Float32Array.from(numbers(input, 3 * size * size), (u) => 4 * u)
          const x = { data: pixels, shape: [1, 3, size, size] }
          const of = classScore(target)
          const layers = net.graph.outputs.map((port) => port.name)

          for (const rule of ['plain', 'guided'] satisfies ReluRule[]) {
            if (!tensors.has(`${name}.${rule}`)) continue // without rectifiers the two are one
            const result = await net.differentiate(x, { of, rule, layers })
            const gradient = result.gradients.input!
            const logits = result.activations[layers[0]!]!
            expect(relativeError(logits, recorded(`${name}.logits`)), 'scores').below(tolerance)
            const error = relativeError(sample(gradient), recorded(`${name}.${rule}`))
            expect(error, rule).below(tolerance)
            const [total] = recorded(`${name}.${rule}.norm`).data
            expect(norm(gradient) / total!, `norm, ${rule}`).closeTo(1, tolerance)
          }
          await net.release()
        })
    })
})
