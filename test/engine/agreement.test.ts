/** The tensorflow engine computes what the onnx engine computes, operator by operator. */
import { expect } from 'chai'
import type { Engine } from '../../src/engine/engine.js'
import { onnx } from '../../src/engine/onnx.js'
import { operators } from '../../src/engine/tensorflow/interpreter.js'
import { tensorflow, tensorflowEngine } from '../../src/engine/tensorflow.js'
import { Random } from '../../src/image/random.js'
import { float32, Graph, type TypedTensor } from '../../src/network/graph.js'
import { cases, distinct, settingOf, titleOf, weightsOf } from '../gradient/cases.js'
import { node } from '../network/models.js'
import { type ForwardCase, forwardCases } from './cases.js'

type Values = Record<string, TypedTensor>

/** WASM does not check bounds, where the plain backend does. */
const interpreters = [tensorflow, tensorflowEngine({ backend: 'plain' })]

async function compute(engine: Engine, graph: Graph, feeds: Values): Promise<Values> {
  const program = await engine.compile(graph)
  try {
    return await program.run(feeds)
  } finally {
    await program.release()
  }
}

async function expectAgreement(graph: Graph, feeds: Values): Promise<Values> {
  const expected = await compute(onnx, graph, feeds)
  for (const engine of interpreters) {
    const actual = await compute(engine, graph, feeds)
    expect(Object.keys(actual)).members(Object.keys(expected))
    for (const [name, value] of Object.entries(expected))
      expectEqual(actual[name]!, value, `${engine.version} ${name}`)
  }
  return expected
}

function expectEqual(actual: TypedTensor, expected: TypedTensor, label: string): void {
  expect(actual.type, label).equal(expected.type)
  expect(actual.shape, label).deep.equal(expected.shape)
  const [a, b] = [actual, expected].map(({ data }) =>
    Array.from(data as ArrayLike<number | bigint>, Number),
  ) as [number[], number[]]
  if (expected.type !== 'float32') expect(a, label).deep.equal(b)
  const scale = Math.max(1e-3, ...b.map((value) => Math.abs(value)).filter(Number.isFinite))
  b.forEach((value, i) => {
    if (value !== a[i]) expect(a[i], `${label}[${i}]`).closeTo(value, 1e-5 * scale)
  })
}

describe('the engines agree on every operator with a gradient, forward and backward', () => {
  for (const test of cases)
    it(titleOf(test), async () => {
      const { forward, backward, outputs, feeds } = settingOf(test)
      const values = await expectAgreement(forward, feeds)
      const weights = weightsOf(outputs.map((output) => values[output]!))
      await expectAgreement(backward, { ...feeds, ...weights })
    })
})

describe('the engines agree on every other operator', () => {
  for (const test of forwardCases)
    it(describeCase(test), async () => {
      const { graph, feeds } = graphOf(test)
      await expectAgreement(graph, feeds)
    })

  it('every operator of the interpreter is among them', () => {
    const tested = new Set([...cases, ...forwardCases].map(({ op }) => op))
    expect(Object.keys(operators).filter((op) => !tested.has(op))).deep.equal([])
  })
})

describe('of equal maxima the first is taken', () => {
  for (const kernel of [2, 3])
    for (const pads of [0, 1])
      it(`${kernel}×${kernel}, padding ${pads}`, async () => {
        const attributes = {
          kernel_shape: [kernel, kernel],
          strides: [2, 2],
          pads: Array(4).fill(pads),
        }
        const random = new Random(5)
        const levels = Float32Array.from({ length: 2 * 3 * 9 * 8 }, () => random.integer(3))
        const { graph } = graphOf({ op: 'MaxPool', inputs: [[2, 3, 9, 8]], attributes, outputs: 2 })
        await expectAgreement(graph, { x0: float32(levels, [2, 3, 9, 8]) })
      })
})

function describeCase({ op, name, inputs, attributes = {} }: ForwardCase): string {
  const given = inputs.map((input) => {
    if (!input) return '–'
    if (Array.isArray(input)) return `[${input.join()}]`
    return input.data.length < 9
      ? `(${Array.from(input.data as ArrayLike<number>).join()})`
      : input.type
  })
  const named = Object.entries(attributes).map(
    ([key, value]) => `${key} ${JSON.stringify(value, plain)}`,
  )
  return [name ? `${op}: ${name}` : op, ...given, ...named].join(' ')
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

/** A graph of one operator: shapes are fed, tensors are constants. */
function graphOf({ op, inputs, attributes = {}, outputs = 1, opset = 18 }: ForwardCase): {
  graph: Graph
  feeds: Values
} {
  const graph = new Graph()
  graph.opset = opset
  const random = new Random(3)
  const feeds: Values = {}
  const names = inputs.map((input, i) => {
    const name = `x${i}`
    if (!input) return ''
    if (Array.isArray(input)) {
      feeds[name] = distinct(random, input, [-0.9, 1.1])
      graph.inputs.push({ name, type: 'float32', shape: input })
    } else graph.constants.set(name, input)
    return name
  })
  const results = Array.from({ length: outputs }, (_, i) => `y${i}`)
  graph.nodes = [node(op, names, results, attributes)]
  graph.outputs = results.map((name) => ({ name, type: undefined, shape: undefined }))
  return { graph, feeds }
}
