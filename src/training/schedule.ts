/** The learning rate over a training. */

export interface Schedule {
  /** The largest learning rate. */
  rate: number
  /** Steps in all. */
  steps: number
  /** Steps over which the rate rises from 0. */
  warmup: number
  /** `cosine` falls to 0 after the warm-up (Loshchilov & Hutter 2017); `constant` stays. */
  shape: 'cosine' | 'constant'
}

/** The learning rate of a step, counted from 0. */
export function rateAt(step: number, { rate, steps, warmup, shape }: Schedule): number {
  if (step < warmup) return (rate * (step + 1)) / warmup
  if (shape === 'constant') return rate
  return (rate * (1 + Math.cos((Math.PI * (step - warmup)) / (steps - warmup)))) / 2
}
