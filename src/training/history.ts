/** What is known of a training as it goes on. */
export interface History {
  /** Mean loss of each batch. */
  losses: readonly number[]
  /** Share of each batch that was classified correctly. */
  accuracies: readonly number[]
  /** Accuracy on the validation data, by the step after which it was measured. */
  validation: readonly { step: number; accuracy: number }[]
}

/** A running mean that forgets at a rate of 1 / `over`; it begins as the plain mean. */
export function smoothed(values: readonly number[], over: number): number[] {
  let mean = 0
  return values.map((value, i) => (mean += (value - mean) / Math.min(i + 1, over)))
}
