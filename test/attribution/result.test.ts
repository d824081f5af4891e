import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadImage } from 'canvas'
import { expect } from 'chai'
import { activationGradient } from '../../src/attribution/activation-gradient.js'
import { deconvnet } from '../../src/attribution/deconvnet.js'
import { gradcam } from '../../src/attribution/gradcam.js'
import { guided } from '../../src/attribution/guided.js'
import { guidedGradcam } from '../../src/attribution/guided-gradcam.js'
import { inputTimesGradient } from '../../src/attribution/input-times-gradient.js'
import { integratedGradients } from '../../src/attribution/integrated-gradients.js'
import { occlusion } from '../../src/attribution/occlusion.js'
import { predict } from '../../src/attribution/predict.js'
import { projectUnit } from '../../src/attribution/project-unit.js'
import { saliency } from '../../src/attribution/saliency.js'
import { scoreOrProbability } from '../../src/attribution/score-or-probability.js'
import { smoothGrad } from '../../src/attribution/smoothgrad.js'
import { display, displayMetadata } from '../../src/image/display.js'
import type { Network } from '../../src/network/network.js'
import { channel } from '../../src/objectives/units.js'
import { summarise } from '../../src/record.js'
import type { Provenance, Result } from '../../src/result.js'
import { version } from '../../src/version.js'
import { randomTensor, toyNetwork } from '../toys.js'

const pngSignature = [0x89, 0x50, 0x4e, 0x47]

describe('results of attribution', () => {
  let net: Network
  let folder: string
  const pixels = randomTensor([1, 3, 12, 10])
  const target = 1
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-'))
    net = await toyNetwork([3, 12, 10], (toy, input) => {
      const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
      return toy.linear('fc', toy.flatten('flatten', maps), 3)
    })
  })
  after(async () => {
    await net.release()
    await rm(folder, { recursive: true })
  })

  const of = channel('relu', 2)
  const cases: {
    method: string
    run: () => Promise<Result>
    shape: number[]
    parameters: Record<string, unknown>
  }[] = [
    {
      method: 'predict',
      run: () => predict(net, pixels, { target }),
      shape: [1, 3],
      parameters: { top: 5, target },
    },
    {
      method: 'saliency',
      run: () => saliency(net, pixels, { target, channels: 'sum' }),
      shape: [1, 12, 10],
      parameters: { target, rule: 'plain', channels: 'sum' },
    },
    {
      method: 'guided',
      run: () => guided(net, pixels, { target }),
      shape: [1, 3, 12, 10],
      parameters: { target },
    },
    {
      method: 'deconvnet',
      run: () => deconvnet(net, pixels, { of }),
      shape: [1, 3, 12, 10],
      parameters: { of: 'channel("relu", 2)' },
    },
    {
      method: 'gradcam',
      run: () => gradcam(net, pixels, { target }),
      shape: [1, 10, 8],
      parameters: { target, layer: 'relu', relu: true, rule: 'plain' },
    },
    {
      method: 'guidedGradcam',
      run: () => guidedGradcam(net, pixels, { target }),
      shape: [1, 3, 12, 10],
      parameters: { target, layer: 'relu', interpolation: 'bilinear' },
    },
    {
      method: 'scoreOrProbability',
      run: () => scoreOrProbability(net, pixels, { target }),
      shape: [1, 2, 12, 10],
      parameters: { target, channels: 'max' },
    },
    {
      method: 'inputTimesGradient',
      run: () => inputTimesGradient(net, pixels, { of }),
      shape: [1, 3, 12, 10],
      parameters: { of: 'channel("relu", 2)' },
    },
    {
      method: 'smoothGrad',
      run: () => smoothGrad(net, pixels, { target, samples: 3, seed: 4 }),
      shape: [1, 3, 12, 10],
      parameters: {
        target,
        samples: 3,
        noise: 0.1,
        statistic: 'mean',
        rule: 'plain',
        channels: 'max',
        seed: 4,
      },
    },
    {
      method: 'integratedGradients',
      run: () => integratedGradients(net, pixels, { target, steps: 4 }),
      shape: [1, 3, 12, 10],
      parameters: { target, steps: 4, method: 'gausslegendre', baseline: 0 },
    },
    {
      method: 'occlusion',
      run: () => occlusion(net, pixels, { target, window: 4, classes: true }),
      shape: [1, 12, 10],
      parameters: {
        target,
        window: [4, 4],
        stride: [2, 2],
        baseline: 0,
        measure: 'drop',
        probability: false,
        classes: true,
      },
    },
    {
      method: 'activationGradient',
      run: () => activationGradient(net, pixels, 'relu:2@1,3'),
      shape: [1, 3, 12, 10],
      parameters: { of: 'neuron("relu", [2,1,3])' },
    },
    {
      method: 'projectUnit',
      run: () => projectUnit(net, pixels, 'relu:2'),
      shape: [1, 3, 12, 10],
      parameters: { unit: 'relu:2', keep: 'strongest', unpooling: 'add' },
    },
  ]

  for (const { method, run, shape, parameters } of cases)
    describe(method, () => {
      let result: Result
      before(async () => {
        result = await run()
      })

      it('has its numbers', () => {
        expect(result.shape).deep.equal(shape)
        expect(result.data).instanceOf(Float32Array)
        expect(result.data.length).equal(shape.reduce((a, b) => a * b))
      })

      it('says where they come from, in JSON', () => {
        const { input, ...provenance } = result.provenance
        expect(provenance).deep.equal({
          method,
          network: 'toy',
          digest: net.digest,
          parameters,
          engine: net.engine.version,
          fovea: version,
        } satisfies Omit<Provenance, 'input'>)
        expect(input).match(/^[0-9a-f]{64}$/)
        const copy: unknown = JSON.parse(JSON.stringify(result.provenance))
        expect(copy).deep.equal(result.provenance)
      })

      it('shows itself as a picture and a line of text, without HTML', () => {
        const bundle = result[display]()
        expect(Object.keys(bundle)).have.members(['image/png', 'text/plain'])
        expect([...(bundle['image/png'] as Buffer).subarray(0, 4)]).deep.equal(pngSignature)
        expect(bundle['text/plain']).equal(result.toString()).not.equal('')
      })

      it('gives the size of its picture, which is rendered at twice that', async () => {
        const { 'image/png': size, fovea } = result[displayMetadata]()
        expect(fovea).deep.equal([{ ...result.provenance, data: summarise(result) }])
        const { width, height } = await loadImage(result.png())
        expect(size).deep.equal({ width: width / 2, height: height / 2 })
        expect(width).above(300)
      })

      it('saves its picture', async () => {
        for (const [ending, start] of [
          ['png', Buffer.from(pngSignature)],
          ['svg', Buffer.from('<?xml')],
        ] as const) {
          const path = join(folder, `${method}.${ending}`)
          await result.save(path)
          expect((await readFile(path)).subarray(0, start.length)).deep.equal(start)
        }
        expect((await readdir(folder)).filter((file) => file.startsWith(method))).length(2)
      })

      it('is the same when computed again', async () => {
        const again = await run()
        expect([...again.data]).deep.equal([...result.data])
        expect(again.provenance).deep.equal(result.provenance)
      })
    })

  it('another image is another input', async () => {
    const [a, b] = await Promise.all(
      [pixels, randomTensor(pixels.shape, 5)].map((input) => predict(net, input)),
    )
    expect(a!.provenance.input).not.equal(b!.provenance.input)
    expect(a!.provenance.digest).equal(b!.provenance.digest)
  })

  it('several images stand side by side', async () => {
    const one = await saliency(net, pixels, { target })
    const three = await saliency(net, randomTensor([3, 3, 12, 10]), { target: [0, 1, 2] })
    expect(three.figure.width).above(2 * one.figure.width)
    const lines = three.toString().split('\n')
    expect(lines).length(3)
    lines.forEach((line, i) => expect(line).contains(`Saliency: class ${i}`))
  })
})
