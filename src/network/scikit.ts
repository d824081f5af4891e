/**
 * What scikit-learn's exporter (skl2onnx) writes beside ONNX's own operators: the operators of ai.onnx.ml.
 * Those that compute become ONNX's own; those that give class labels in place of numbers are left out, and
 * what they call the classes is kept.
 */
import type { Builder } from './builder.js'
import { float32, listAttribute, type Node, NodeError, stringAttribute } from './graph.js'

export const SCIKIT_DOMAIN = 'ai.onnx.ml'

/** Of a graph in a file, what concerns labels. */
interface LabelledGraph {
  nodes: readonly Node[]
  outputs: readonly { name: string; isNumeric: boolean }[]
}

/**
 * The outputs that are numbers, where others are labels or maps from labels to numbers, and the names of
 * the classes where such a map says them.
 */
export function numericOutputs({ nodes, outputs }: LabelledGraph): {
  outputs: string[]
  classes?: string[]
} {
  let classes: string[] | undefined
  const numeric = outputs.flatMap(({ name, isNumeric }) => {
    const source = nodes.find((node) => node.outputs.includes(name))
    if (source?.op !== 'ZipMap') return isNumeric ? [name] : []
    const { classlabels_strings, classlabels_int64s } = source.attributes
    const labels = classlabels_strings ?? classlabels_int64s
    if (Array.isArray(labels)) classes = labels.map(String)
    return [source.inputs[0]!]
  })
  return { outputs: numeric, classes }
}

type Translation = (node: Node, b: Builder) => Node[]

/** (x − offset) · scale */
const Scaler: Translation = (node, b) => {
  const list = (name: string): string => vector(b, numbers(node, name))
  const centred = b.fresh(`${node.name}.centred`)
  return [
    own(centred, 'Sub', [node.inputs[0]!, list('offset')]),
    { ...node, op: 'Mul', domain: '', inputs: [centred, list('scale')], attributes: {} },
  ]
}

/** Rows of unit norm. */
const Normalizer: Translation = (node, b) => {
  const norm = stringAttribute(node, 'norm', 'MAX')
  const [x] = node.inputs as [string]
  const length = b.fresh(`${node.name}.norm`)
  const reduce = { L1: 'ReduceL1', L2: 'ReduceL2' }[norm]
  if (!reduce) throw new NodeError(node, `norm '${norm}' is not supported; expected L1 or L2`)
  return [
    own(length, reduce, [x, b.integers([1])], { keepdims: 1 }),
    { ...node, op: 'Div', domain: '', inputs: [x, length], attributes: {} },
  ]
}

/** Scores x · Wᵀ + b and what is made of them; the first output, the label, is not computed. */
const LinearClassifier: Translation = (node, b) => {
  const weights = numbers(node, 'coefficients')
  const bias = numbers(node, 'intercepts')
  const outcome = stringAttribute(node, 'post_transform', 'NONE')
  const transform = { NONE: 'Identity', SOFTMAX: 'Softmax', LOGISTIC: 'Sigmoid' }[outcome]
  if (!transform) throw new NodeError(node, `post_transform '${outcome}' is not supported`)
  const features = weights.length / bias.length
  if (!Number.isInteger(features))
    throw new NodeError(node, `has ${weights.length} coefficients for ${bias.length} classes`)
  const scores = b.fresh(`${node.name}.scores`)
  const matrix = b.constant(float32(weights, [bias.length, features]))
  const inputs = [node.inputs[0]!, matrix, vector(b, bias)]
  const name = node.outputs[1]!
  return [
    own(scores, 'Gemm', inputs, { transB: 1 }),
    own(name, transform, [scores], outcome === 'SOFTMAX' ? { axis: 1 } : {}),
  ]
}

const translations: Record<string, Translation> = { Scaler, Normalizer, LinearClassifier }

/**
 * A node of ai.onnx.ml by ONNX's own operators.
 *
 * @throws NodeError for one that has no gradient, as decision trees, or is not known.
 */
export function translateScikit(node: Node, b: Builder): Node[] {
  const translation = Object.hasOwn(translations, node.op) ? translations[node.op] : undefined
  if (translation) return translation(node, b)
  const known = Object.keys(translations).join(', ')
  throw new NodeError(
    node,
    `scikit-learn's operator is not supported; of ${SCIKIT_DOMAIN} there are ${known}. ` +
      'Networks (MLPClassifier, MLPRegressor) and linear models can be shown, trees and neighbours cannot',
  )
}

const own = (
  name: string,
  op: string,
  inputs: string[],
  attributes: Node['attributes'] = {},
): Node => ({ op, name, inputs, outputs: [name], attributes })

const vector = (b: Builder, list: readonly number[]): string =>
  b.constant(float32(list, [list.length]))

function numbers(node: Node, name: string): readonly number[] {
  const list = listAttribute(node, name, undefined)
  if (!list) throw new NodeError(node, `has no '${name}'`)
  return list
}
