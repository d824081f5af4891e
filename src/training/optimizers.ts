/** First-order optimisers, by PyTorch's definitions. They change the weights in place, given their gradients. */

/** What one step of one weight tensor is told besides its gradient. */
export interface UpdateStep {
  /** The learning rate of this step. */
  rate: number
  /** Which step it is, from 1. */
  count: number
  /** Whether weight decay acts on this tensor. */
  decays: boolean
}

/** How weights follow their gradients. What it remembers of a tensor lies outside, so that it can be saved. */
export interface Optimizer {
  /** With its settings: for messages, and to know it again when a training is resumed. */
  readonly name: string
  /** What it remembers of each weight tensor: names of arrays of the tensor's size, zero at first. */
  readonly memory: readonly string[]
  update(
    weights: Float32Array,
    gradient: Float32Array,
    memory: readonly Float32Array[],
    step: UpdateStep,
  ): void
}

export interface SgdOptions {
  /** μ. Default 0.9. */
  momentum?: number
  /** Look ahead along the momentum (Nesterov 1983, in the form of Sutskever et al. 2013). Default false. */
  nesterov?: boolean
  /** λ of λ‖w‖²/2. Default 0. */
  weightDecay?: number
}

/**
 * Stochastic gradient descent with momentum: g ← g + λw, v ← μv + g, w ← w − ηv; with Nesterov's momentum
 * w ← w − η(g + μv).
 *
 * @throws RangeError for a momentum outside [0, 1) or a negative decay.
 * @example await train(net, data, { optimizer: sgd({ nesterov: true, weightDecay: 5e-4 }), rate: 0.05 })
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0.9, nesterov = false, weightDecay = 0 } = options
  checkShare('momentum', momentum)
  checkDecay(weightDecay)
  return {
    name: `sgd ${JSON.stringify({ momentum, nesterov, weightDecay })}`,
    memory: ['velocity'],
    update(weights, gradient, [velocity], { rate, decays }) {
      const decay = decays ? weightDecay : 0
      for (let i = 0; i < weights.length; i++) {
        const g = gradient[i]! + decay * weights[i]!
        const v = momentum * velocity![i]! + g
        velocity![i] = v
        weights[i]! -= rate * (nesterov ? g + momentum * v : v)
      }
    },
  }
}

export interface AdamWOptions {
  /** How slowly the means of gradient and squared gradient follow. Default [0.9, 0.999]. */
  betas?: readonly [number, number]
  /** Default 1e-8. */
  epsilon?: number
  /** λ of the decoupled decay: w ← w − ηλw. Default 0: Adam. */
  weightDecay?: number
}

/**
 * Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019).
 *
 * @throws RangeError for betas outside [0, 1) or a negative decay.
 * @example await train(net, data, { optimizer: adamW({ weightDecay: 0.01 }) })
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options
  const [beta1, beta2] = betas
  checkShare('a beta', beta1)
  checkShare('a beta', beta2)
  checkDecay(weightDecay)
  return {
    name: `adamW ${JSON.stringify({ betas, epsilon, weightDecay })}`,
    memory: ['mean', 'square'],
    update(weights, gradient, [mean, square], { rate, count, decays }) {
      const scale = rate / (1 - beta1 ** count)
      const correction = 1 / Math.sqrt(1 - beta2 ** count)
      const kept = 1 - rate * (decays ? weightDecay : 0)
      for (let i = 0; i < weights.length; i++) {
        const g = gradient[i]!
        const m = beta1 * mean![i]! + (1 - beta1) * g
        const s = beta2 * square![i]! + (1 - beta2) * g * g
        mean![i] = m
        square![i] = s
        weights[i] = kept * weights[i]! - (scale * m) / (Math.sqrt(s) * correction + epsilon)
      }
    },
  }
}

function checkShare(what: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${what} lies in [0, 1), not ${value}`)
}

function checkDecay(value: number): void {
  if (!(value >= 0)) throw new RangeError(`weightDecay is 0 or more, not ${value}`)
}
