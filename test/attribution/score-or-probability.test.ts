import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { saliency } from '../../src/attribution/saliency.js'
import { scoreOrProbability } from '../../src/attribution/score-or-probability.js'
import { loadImage } from '../../src/image/load.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { classProbability, classScore } from '../../src/objectives/scores.js'
import { onEveryEngine } from '../engines.js'
import { fixture, reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'

for (const name of referenceNetworks)
  onEveryEngine(`score or probability in the network '${name}'`, (engine) => {
    it('shows both maps, and how much of the probability speaks of other classes', async () => {
      const torch = await reference(name, engine)
      const { net, settings } = torch
      const [one, two] = [torch.tensor('input'), torch.tensor('input2')]
      const both = {
        data: Float32Array.from([...one.data, ...two.data]),
        shape: [2, ...one.shape.slice(1)],
      }
      const target = [settings.target, settings.wrong]
      const found = await scoreOrProbability(net, both, { target, channels: 'sum' })
      const plane = one.shape[2]! * one.shape[3]!
      expect(found.shape).deep.equal([2, 2, one.shape[2], one.shape[3]])
      for (const [i, x] of [one, two].entries()) {
        const c = target[i]!
        for (const [kind, of] of [classScore(c), classProbability(c)].entries()) {
          const map = await saliency(net, x, { of, channels: 'sum' })
          const at = (2 * i + kind) * plane
          const part = { ...map, data: found.data.slice(at, at + plane) }
          expect(relativeError(part, map)).below(1e-4)
        }

        // ∂p_c by the formula, the parts of the other classes one by one.
        const scores = await net.scoresOf(x)
        const powers = Array.from(scores.data, Math.exp)
        const sum = powers.reduce((a, b) => a + b)
        const p = powers.map((power) => power / sum)
        const gradients = await Promise.all(p.map((_, k) => net.gradient(x, { of: classScore(k) })))
        const own = gradients[c]!.data.map((g) => p[c]! * (1 - p[c]!) * g)
        const rest = own.map((_, at) =>
          p.reduce(
            (total, p_k, k) => (k === c ? total : total - p[c]! * p_k * gradients[k]!.data[at]!),
            0,
          ),
        )
        const share = Math.hypot(...rest) / (Math.hypot(...rest) + Math.hypot(...own))
        expect(found.probabilities[i]).closeTo(p[c]!, 1e-5)
        expect(found.others[i]).closeTo(share, 1e-3)
        const whole = own.map((g, at) => g + rest[at]!)
        const dot = whole.reduce((total, g, at) => total + g * own[at]!, 0)
        expect(found.cosines[i]).closeTo(dot / Math.hypot(...whole) / Math.hypot(...own), 1e-3)
      }
      expect(found.figure.toString()).contains('Score: ').contains('Probability: ')
      await net.release()
    })
  })

describe('score or probability of a photograph', () => {
  it('the probability of the less likely class is raised by pushing down the other (Simonyan 2014)', async () => {
    const path = (file: string): string => fileURLToPath(fixture(file))
    const net = await zooNetwork('squeezenet1_1', {
      weights: path('squeezenet1_1/weights.safetensors'),
    })
    const photo = await loadImage(path('dog_cat_224.png'))
    const found = await scoreOrProbability(net, photo, { target: 'tiger cat' })
    // The cat has 29 %: its two gradients have a cosine of 0.58, and 47 % is other classes pushed down.
    expect(found.cosines[0]).below(0.7)
    expect(found.others[0]).above(0.4)
    await net.release()
  })

  it('needs a class that there is, and a reduction', async () => {
    const torch = await reference('plain')
    const { net } = torch
    const input = torch.tensor('input')
    const error = await rejection(scoreOrProbability(net, input, { target: 99 }))
    expect(error).instanceOf(RangeError)
    const options = { target: 1, channels: 'mean' as 'max' }
    const other = await rejection(scoreOrProbability(net, input, options))
    expect(other.message).contains("not by 'mean'")
    await net.release()
  })
})
