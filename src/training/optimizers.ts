/** First-order optimisers: they change the weights in place, given their gradients. */

/** Updates one weight tensor; `rate` is the learning rate of this step. */
export type Update = (weights: Float32Array, gradient: Float32Array, rate: number) => void

/** An optimiser makes an update, with its own running state, for each weight tensor. */
export type Optimizer = (size: number) => Update

export interface MomentumOptions {
  /** Default 0.9. */
  momentum?: number
  /** λ of λ‖w‖²/2. Default 0. */
  weightDecay?: number
}

/** Stochastic gradient descent with momentum, as PyTorch's SGD: v ← μv + g + λw, w ← w − ηv. */
export const sgd =
  ({ momentum = 0.9, weightDecay = 0 }: MomentumOptions = {}): Optimizer =>
  (size) => {
    const velocity = new Float32Array(size)
    return (weights, gradient, rate) => {
      for (let i = 0; i < size; i++) {
        velocity[i] = momentum * velocity[i]! + gradient[i]! + weightDecay * weights[i]!
        weights[i]! -= rate * velocity[i]!
      }
    }
  }

export interface AdamOptions {
  /** Default [0.9, 0.999]. */
  betas?: [number, number]
  /** Default 1e-8. */
  epsilon?: number
  /** Decoupled weight decay (Loshchilov & Hutter 2019). Default 0. */
  weightDecay?: number
}

/** Adam (Kingma & Ba 2015), with decoupled weight decay AdamW. */
export const adam =
  ({ betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 }: AdamOptions = {}): Optimizer =>
  (size) => {
    const [beta1, beta2] = betas
    const mean = new Float32Array(size)
    const square = new Float32Array(size)
    let step = 0
    return (weights, gradient, rate) => {
      step++
      const correction1 = 1 - beta1 ** step
      const correction2 = Math.sqrt(1 - beta2 ** step)
      for (let i = 0; i < size; i++) {
        const g = gradient[i]!
        mean[i] = beta1 * mean[i]! + (1 - beta1) * g
        square[i] = beta2 * square[i]! + (1 - beta2) * g * g
        const direction = mean[i]! / correction1 / (Math.sqrt(square[i]!) / correction2 + epsilon)
        weights[i]! -= rate * (direction + weightDecay * weights[i]!)
      }
    }
  }
