/** Keras' layers of several inputs. */
import type { LayerCall, Rule } from './call.js'
import { arranged, type Features, tensorShape, plainOrder } from '../features.js'

/** An operator of two inputs, applied to all from the left. */
const pairwise =
  (op: string, count?: number): Rule =>
  (call, name) => {
    const { values, order } = aligned(call, name, count)
    return { value: folded(call, name, op, values), order }
  }

const Average: Rule = (call, name) => {
  const { values, order } = aligned(call, name)
  const sum = folded(call, call.b.fresh(`${name}.sum`), 'Add', values)
  return { value: call.node(name, 'Mul', [sum, call.b.scalar(1 / values.length)]), order }
}

const Concatenate: Rule = (call, name) => {
  const { order } = first(call)
  const axis = order.indexOf(call.axis(call.config.number('axis', -1), order.length))
  const values = call.inputs.map((x) => inOrder(call, x, order, name))
  return { value: call.node(name, 'Concat', values, { axis }), order }
}

function first({ inputs, config }: LayerCall): Features {
  if (inputs[0]) return inputs[0]
  throw config.error('it has no inputs')
}

function inOrder(call: LayerCall, x: Features, order: readonly number[], name: string): string {
  if (x.order.length === order.length) return arranged(call.b, x, order, name)
  throw call.config.error(
    `its inputs are ${call.inputs.map((input) => `[${tensorShape(call.b, input).join(', ')}]`).join(' and ')}`,
  )
}

/** The inputs with their axes in the same order. One of fewer axes gets the missing ones after the batch. */
function aligned(
  call: LayerCall,
  name: string,
  count?: number,
): { values: string[]; order: readonly number[] } {
  const { b, inputs, config } = call
  if (inputs.length === 0 || (count !== undefined && inputs.length !== count))
    throw config.error(`it has ${inputs.length} inputs; expected ${count ?? 'some'}`)
  const rank = Math.max(...inputs.map((x) => x.order.length))
  const { order } = inputs.find((x) => x.order.length === rank)!
  const values = inputs.map((x) => {
    const missing = rank - x.order.length
    if (missing === 0) return arranged(b, x, order, name)
    const plain = arranged(b, x, plainOrder(x.order.length), name)
    const axes = b.integers(Array.from({ length: missing }, (_, i) => i + 1))
    const value = call.step(name, 'unsqueezed', 'Unsqueeze', [plain, axes])
    return arranged(b, { value, order: plainOrder(rank) }, order, name)
  })
  return { values, order }
}

function folded(call: LayerCall, name: string, op: string, values: readonly string[]): string {
  const [head, ...tail] = values as [string, ...string[]]
  if (tail.length === 0) return call.node(name, 'Identity', [head])
  return tail.reduce(
    (left, right, i) =>
      i === tail.length - 1
        ? call.node(name, op, [left, right])
        : call.step(name, op.toLowerCase(), op, [left, right]),
    head,
  )
}

export const mergingRules: Record<string, Rule> = {
  Add: pairwise('Add'),
  Subtract: pairwise('Sub', 2),
  Multiply: pairwise('Mul'),
  Maximum: pairwise('Max'),
  Minimum: pairwise('Min'),
  Average,
  Concatenate,
}
