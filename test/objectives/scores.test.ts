import { expect } from 'chai'
import type { Network } from '../../src/network/network.js'
import { classProbability, classScore, crossEntropy } from '../../src/objectives/scores.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

onEveryEngine('objectives on class scores', (engine) => {
  let net: Network
  const pixels = randomTensor([2, 3, 2, 2])
  let rows: Float32Array[]

  before(async () => {
    net = await toyNetwork(
      [3, 2, 2],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 4),
      { engine, classes: ['cat', 'dog', 'cow', 'hen'] },
    )
    const { data } = await net.scoresOf(pixels)
    rows = [data.subarray(0, 4), data.subarray(4, 8)]
  })
  after(() => net.release())

  const softmax = (row: Float32Array): number[] => {
    const powers = Array.from(row, Math.exp)
    return powers.map((power) => power / powers.reduce((a, b) => a + b))
  }
  const cases = {
    classScore: { objective: classScore, twin: (row: Float32Array, c: number) => row[c]! },
    classProbability: {
      objective: classProbability,
      twin: (row: Float32Array, c: number) => softmax(row)[c]!,
    },
    crossEntropy: {
      objective: crossEntropy,
      twin: (row: Float32Array, c: number) => -Math.log(softmax(row)[c]!),
    },
  }
  for (const [name, { objective, twin }] of Object.entries(cases)) {
    it(`${name} of one class`, async () => {
      const { value } = await net.differentiate(pixels, { of: objective('cow') })
      expect(value.shape).deep.equal([2])
      value.data.forEach((number, i) => expect(number).closeTo(twin(rows[i]!, 2), 1e-6))
    })

    it(`${name} of a class for each image`, async () => {
      const { value } = await net.differentiate(pixels, { of: objective([3, 'dog']) })
      expect(value.data[0]).closeTo(twin(rows[0]!, 3), 1e-6)
      expect(value.data[1]).closeTo(twin(rows[1]!, 1), 1e-6)
    })

    it(`${name} refuses unknown classes and lists of the wrong length`, async () => {
      const error = (target: Parameters<typeof objective>[0]) =>
        rejection(net.gradient(pixels, { of: objective(target) }))
      expect(await error('dig'))
        .instanceOf(RangeError)
        .property('message')
        .contains("'dog'")
      expect(await error(4))
        .instanceOf(RangeError)
        .property('message')
        .equal("network 'toy' has classes 0 … 3, and no class 4")
      expect(await error([1]))
        .instanceOf(RangeError)
        .property('message')
        .equal('1 target classes for 2 images')
    })
  }
})
