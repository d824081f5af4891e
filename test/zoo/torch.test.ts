/**
 * Every network of the zoo against PyTorch, in full: with seeded random weights that PyTorch writes, the
 * architecture in code and the ONNX file that PyTorch exports must both give PyTorch's scores, gradient and
 * guided backpropagation.
 *
 * Takes minutes and needs PyTorch, so it runs only when asked for:
 *
 *     FOVEA_TORCH=1 npx mocha test/zoo/torch.test.ts
 *     FOVEA_TORCH=resnet18,vgg11 npx mocha test/zoo/torch.test.ts
 *
 * FOVEA_PYTHON names the Python that has torch and torchvision. Default: python3.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { Tensor } from '../../src/engine/tensor.js'
import type { ReluRule } from '../../src/gradient/relu-rules.js'
import type { ElementArray, Graph } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readOnnx } from '../../src/network/onnx-file.js'
import { readWeights } from '../../src/network/weights.js'
import { type Classifier, torchvision } from '../../src/network/zoo/torchvision.js'
import { classScore } from '../../src/objectives/scores.js'
import { relativeError } from '../reference.js'

const run = promisify(execFile)
const script = fileURLToPath(new URL('make.py', import.meta.url))
const python = process.env.FOVEA_PYTHON ?? 'python3'
const asked = process.env.FOVEA_TORCH ?? ''

/** L2-relative; larger where noise as large as rounding's moves PyTorch's own results. */
const TOLERANCE = 1e-4
const TOLERANCE_AT_TIES = 1e-3

interface Settings {
  target: number
  /** How far noise as large as rounding's moves PyTorch's own results: a ReLU, a maximum is a close call. */
  noise: number
}

const routes = ['architecture', 'onnx'] as const

describe('networks of the zoo equal PyTorch in full', function () {
  this.timeout(600_000)
  let folder: string

  if (!asked) {
    it.skip('set FOVEA_TORCH=1 to compare; it takes minutes')
    return
  }

  before(async function () {
    try {
      await run(python, ['-c', 'import torch, torchvision'])
    } catch {
      console.log(
        `      skipped: ${python} has no torch and torchvision; FOVEA_PYTHON names another`,
      )
      this.skip()
    }
    folder = await mkdtemp(join(tmpdir(), 'fovea-zoo-'))
  })
  after(async () => {
    if (folder) await rm(folder, { recursive: true })
  })

  for (const [name, { architecture }] of Object.entries<Classifier>(torchvision)) {
    if (asked !== '1' && !asked.split(',').includes(name)) continue
    describe(name, () => {
      const file = (suffix: string): string => join(folder, `${name}.${suffix}`)
      before(() => run(python, [script, 'network', name, folder]))
      // They may be hundreds of megabytes each.
      after(async () => {
        for (const each of await readdir(folder)) await rm(join(folder, each))
      })

      it('a PyTorch checkpoint and safetensors hold the same weights', async () => {
        const checkpoint = (await readWeights(file('pth'))).tensors
        const { tensors } = await readWeights(file('safetensors'))
        expect([...checkpoint.keys()]).deep.equal([...tensors.keys()])
        for (const [key, { shape, data }] of tensors) {
          const other = checkpoint.get(key)!
          expect(other.shape, key).deep.equal(shape)
          expect(Buffer.compare(bytes(other.data), bytes(data)), key).equal(0)
        }
      })

      for (const route of routes)
        it(route, async () => {
          const { tensors, metadata } = await readWeights(file('results.safetensors'))
          const recorded = (key: string): Tensor => {
            const found = tensors.get(key)
            if (!(found?.data instanceof Float32Array)) throw new Error(`no result '${key}'`)
            return { data: found.data, shape: found.shape }
          }
          const x = recorded('input')
          const [, , height, width] = x.shape as [number, number, number, number]
          const graph = async (): Promise<Graph> =>
            route === 'onnx'
              ? readOnnx(await readFile(file('onnx')), file('onnx'))
              : architecture((await readWeights(file('pth'))).tensors, [height, width])
          const net = await Network.from(await graph())
          const layers = net.graph.outputs.map((port) => port.name)
          const { target, noise } = JSON.parse(metadata.settings!) as Settings
          const of = classScore(target)
          const ties = noise > TOLERANCE / 2
          const errors: string[] = []
          const check = (actual: Tensor, key: string): void => {
            const error = relativeError(actual, recorded(key))
            errors.push(`${key} ${error.toExponential(1)}`)
            expect(error, key).below(ties ? TOLERANCE_AT_TIES : TOLERANCE)
          }
          for (const rule of ['plain', 'guided'] satisfies ReluRule[]) {
            if (!tensors.has(rule)) continue // without rectifiers the two are one
            const result = await net.differentiate(x, { of, rule, layers })
            check(result.activations[layers[0]!]!, 'logits')
            check(result.gradients.input!, rule)
          }
          await net.release()
          console.log(`        ${errors.join(', ')}${ties ? ' (close calls)' : ''}`)
        })
    })
  }
})

const bytes = ({ buffer, byteOffset, byteLength }: ElementArray): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)
