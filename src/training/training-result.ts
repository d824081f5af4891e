import type { Figure } from '../figures/figure.js'
import type { Network } from '../network/network.js'
import { type ResultRecord, summarise } from '../record.js'
import { provenance, Shown } from '../result.js'
import { lossCurves } from './curves.js'

/** What a training leaves beside its weights. */
export interface Course {
  /** Of every step its `loss` and that loss's parts, with their weights. */
  readonly history: Readonly<Record<string, readonly number[]>>
  /** How many it was to have in all. */
  readonly steps: number
  /** Whether an interrupt ended it before its time. */
  readonly interrupted: boolean
  /** What decides the outcome, as JSON. */
  readonly recipe: string
}

/** The outcome of a training by a loss of several parts. As the last expression of a cell it shows their curves. */
export abstract class TrainingResult extends Shown implements Omit<Course, 'recipe'> {
  readonly history: Course['history']
  readonly steps: number
  readonly interrupted: boolean
  readonly #recipe: string

  /** @param method What was called. @param net The network that its record names. */
  constructor(
    private readonly method: string,
    private readonly net: Network,
    { history, steps, interrupted, recipe }: Course,
  ) {
    super()
    this.history = history
    this.steps = steps
    this.interrupted = interrupted
    this.#recipe = recipe
  }

  get figure(): Figure {
    return lossCurves(this.history, this.steps).drawnFrom(this)
  }

  /** What a notebook keeps beside the curves: the recipe, the trained weights' digest, and the losses. */
  record(): ResultRecord {
    const parameters = { ...(JSON.parse(this.#recipe) as object), ...this.trained() }
    const data = Float32Array.from(this.history.loss ?? [])
    return {
      ...provenance(this.net, this.method, undefined, parameters),
      data: summarise({ data, shape: [data.length] }),
    }
  }

  /** What the record says of the weights, where the network does not say it. */
  protected trained(): Record<string, unknown> {
    return {}
  }
}
