/** Rectifiers. Which signal they let back is not theirs to say: see relu-rules.ts. */
import type { BackwardRule } from './rule.js'

export const Relu: BackwardRule = ({ b, node, dy, rectifier }) => [
  () => rectifier(b, dy, () => b.add('Cast', [node.outputs[0]!], { to: 9 })),
]

/** ReLU6 and its like. The gradient passes strictly between the bounds, as in PyTorch. */
export const Clip: BackwardRule = ({ b, node, dy, rectifier }) => [
  () => {
    const [x, low, high] = node.inputs
    return rectifier(b, dy, () => {
      const above = low && b.add('Greater', [x!, low])
      const below = high && b.add('Less', [x!, high])
      if (above && below) return b.add('And', [above, below])
      return above || below || b.add('Equal', [x!, x!])
    })
  },
]
