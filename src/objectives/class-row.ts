import type { Builder } from '../network/builder.js'
import { type Node, numberAttribute } from '../network/graph.js'
import type { Subject } from './objective.js'

/** What treats every channel by itself: between the layer that makes the scores and the scores. */
const channelwise = new Set(['Identity', 'Dropout', 'Relu', 'GlobalAveragePool', 'Flatten'])

/**
 * One class's score of one image, [1, 1], by that class's row of the last layer alone: forward and
 * backward, a row costs what all classes would cost divided by their number (1.6 of 13.9 ms on SqueezeNet,
 * whose last layer is a convolution).
 *
 * @param index [1, 1], the class.
 * @returns undefined where the scores are made in another way, or where a value that is to be kept, as
 *   what is differentiated by, lies on the way.
 */
export function classRow(b: Builder, subject: Subject, index: string): string | undefined {
  if (b.shape(index)[0] !== 1 || b.shape(subject.scores).length !== 2) return undefined
  const after: Node[] = []
  let value = subject.scores
  for (;;) {
    const node = b.graph.nodes.findLast(({ outputs }) => outputs[0] === value)
    if (!node || [...node.inputs.slice(1), value].some((name) => subject.keeps(name)))
      return undefined
    if (!channelwise.has(node.op)) {
      const row = rowOf(b, node, b.reshape(index, [1]))
      return row && after.reduceRight((x, { op, attributes }) => b.add(op, [x], attributes), row)
    }
    after.push(node)
    value = node.inputs[0]!
  }
}

/** A layer with one of its outputs only. */
function rowOf(b: Builder, node: Node, index: string): string | undefined {
  const { op, inputs, attributes } = node
  const [x, weights, bias] = inputs as [string, string, string | undefined]
  const isConvolution = op === 'Conv' && numberAttribute(node, 'group', 1) === 1
  const isLinear = op === 'Gemm' && numberAttribute(node, 'transB', 0) === 1
  if (!isConvolution && !isLinear) return undefined
  if (bias && b.shape(bias).length !== 1) return undefined
  const take = (parameter: string): string => b.add('Gather', [parameter, index], { axis: 0 })
  return b.add(op, bias ? [x, take(weights), take(bias)] : [x, take(weights)], attributes)
}
