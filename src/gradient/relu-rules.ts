/**
 * The one place where plain backprop, DeconvNet and guided backprop differ: how the signal R that comes
 * from above passes a rectifier f (Springenberg et al. 2015, figure 1).
 */
import type { RectifierRule } from './rule.js'

/** Backpropagation: pass where the *input* was positive. 1[f > 0] · R */
const plain: RectifierRule = (b, dy, active) => b.add('Mul', [dy, active()])

/** DeconvNet (Zeiler & Fergus 2014): pass where the *signal* is positive. 1[R > 0] · R */
const deconvnet: RectifierRule = (b, dy) => b.add('Relu', [dy])

/** Guided backpropagation (Springenberg et al. 2015): both. 1[f > 0] · 1[R > 0] · R */
const guided: RectifierRule = (b, dy, active) => b.add('Mul', [b.add('Relu', [dy]), active()])

export const reluRules = { plain, deconvnet, guided }
export type ReluRule = keyof typeof reluRules
