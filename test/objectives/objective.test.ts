import { expect } from 'chai'
import type { Engine } from '../../src/engine/engine.js'
import type { Network } from '../../src/network/network.js'
import { Objective } from '../../src/objectives/objective.js'
import { classProbability, classScore, crossEntropy } from '../../src/objectives/scores.js'
import { activation, channel, neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { relativeError } from '../reference.js'
import { randomTensor, toyNetwork } from '../toys.js'

onEveryEngine('objectives', (runner) => {
  let net: Network
  let compiled = 0
  const pixels = randomTensor([2, 3, 6, 6])

  before(async () => {
    const engine: Engine = {
      ...runner,
      compile(graph) {
        compiled++
        return runner.compile(graph)
      },
    }
    const classes = ['cat', 'dog', 'tiger cat, Felis tigris']
    net = await toyNetwork(
      [3, 6, 6],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', maps)), 3)
      },
      { engine, classes },
    )
  })
  after(() => net.release())

  const evaluate = async (of: Objective): Promise<{ value: number[]; gradient: number[] }> => {
    const { value, gradients } = await net.differentiate(pixels, { of })
    return { value: [...value.data], gradient: [...gradients.input!.data] }
  }
  const tensor = (numbers: number[]) => ({
    data: Float32Array.from(numbers),
    shape: [numbers.length],
  })

  const a = classScore('dog')
  const b = neuron('conv', [1, 2, 3])
  const c = channel('relu', 2)
  const compositions: [Objective, (a: number, b: number, c: number) => number][] = [
    [a.plus(b), (a, b) => a + b],
    [a.plus(b, c), (a, b, c) => a + b + c],
    [a.minus(b), (a, b) => a - b],
    [a.times(-2.5), (a) => -2.5 * a],
    [a.minus(b.plus(c)).times(3), (a, b, c) => 3 * (a - (b + c))],
    [a.times(2).minus(b.times(0.5)).plus(a), (a, b) => 2 * a - 0.5 * b + a],
  ]
  for (const [composed, combine] of compositions)
    it(`${composed.toString()} has the value and the gradient of its parts, combined`, async () => {
      const [parts, whole] = [await Promise.all([a, b, c].map(evaluate)), await evaluate(composed)]
      for (const kind of ['value', 'gradient'] as const) {
        const [as, bs, cs] = parts.map((part) => part[kind])
        const expected = as!.map((_, i) => combine(as![i]!, bs![i]!, cs![i]!))
        expect(Math.hypot(...expected)).above(0)
        expect(relativeError(tensor(whole[kind]), tensor(expected)), kind).below(1e-5)
      }
    })

  it('share a program where they differ in parameters alone', async () => {
    await evaluate(classScore(0).minus(neuron('conv', [0, 0, 0]).times(2)))
    const before = compiled
    await evaluate(classScore([1, 2]).minus(neuron('conv', [3, 2, 1]).times(-7)))
    expect(compiled).equal(before)
    await evaluate(classScore(0).plus(neuron('conv', [0, 0, 0]).times(2)))
    expect(compiled).equal(before + 1)
  })

  it('have different keys where their structure differs', () => {
    const all = [
      a,
      b,
      c,
      a.plus(b),
      b.plus(a),
      a.minus(b),
      a.minus(b).times(2),
      a.minus(b.times(2)),
    ]
    all.push(activation('conv'), activation('relu'), channel('conv', 2), classProbability('dog'))
    all.push(neuron('fc', [1]), a.plus(b).minus(c), a.plus(b.minus(c)), crossEntropy('dog'))
    expect(new Set(all.map(({ key }) => key)).size).equal(all.length)
  })

  it('describe themselves, classes by their names and each image by its own', () => {
    expect(classScore(2).describe(net)).equal('tiger cat')
    expect(classScore([0, 1]).describe(net, 1)).equal('dog')
    expect(classProbability('dog').describe(net)).equal('probability of dog')
    expect(crossEntropy('Felis tigris').describe(net)).equal('cross-entropy of tiger cat')
    expect(b.describe(net)).equal('conv:1@2,3')
    expect(c.describe(net)).equal('relu:2')
    expect(activation('relu').describe(net)).equal('activation of relu')
    expect(a.minus(b.plus(c)).describe(net)).equal('dog − (conv:1@2,3 + relu:2)')
    expect(neuron('fc', [1]).describe(net)).equal('fc:1')
    expect(a.times(-1).describe(net)).equal('−dog')
    expect(a.plus(c).times(-1).describe(net)).equal('−(dog + relu:2)')
    expect(c.plus(a.times(-2.5)).describe(net)).equal('relu:2 + (−2.5 · dog)')
    expect(a.plus(c).times(2).minus(c).describe(net)).equal('2 · (dog + relu:2) − relu:2')
  })

  it('say themselves in code', () => {
    expect(a.minus(b.plus(c)).times(3).toString()).equal(
      'classScore("dog").minus(neuron("conv", [1,2,3]).plus(channel("relu", 2))).times(3)',
    )
  })

  it('can be written anew', async () => {
    const largest = new Objective({
      key: 'largestScore',
      code: 'largestScore()',
      describe: () => 'largest score',
      build: (builder, { scores }) =>
        builder.add('ReduceMax', [scores, builder.integers([1])], { keepdims: 0 }),
    })
    const scores = await net.scoresOf(pixels)
    const rows = [scores.data.subarray(0, 3), scores.data.subarray(3, 6)]
    const { value } = await net.differentiate(pixels, { of: largest.times(2), wrt: ['conv'] })
    value.data.forEach((number, i) => expect(number).closeTo(2 * Math.max(...rows[i]!), 1e-6))
  })

  it('take a finite factor only', () => {
    expect(() => a.times(NaN)).throw(
      RangeError,
      'an objective is multiplied by a finite number, not by NaN',
    )
    expect(() => a.times(Infinity)).throw(RangeError, 'not by Infinity')
  })
})
