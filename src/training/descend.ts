/** The loop of every training, whatever it minimises: a batch, one run of a graph, a step of the optimiser. */
import type { Engine } from '../engine/engine.js'
import type { Figure } from '../figures/figure.js'
import type { Graph, TypedTensor } from '../network/graph.js'
import { follow } from '../work/work.js'
import { loadCheckpoint, saveCheckpoint, type TrainingState } from './checkpoint.js'
import type { Optimizer } from './optimizers.js'
import { rateAt, type Schedule } from './schedule.js'

export type Tensors = Readonly<Record<string, TypedTensor>>

/** What is minimised, and by which weights. */
export interface Task<Batch> {
  /** From the trained weights by name and what {@link feeds} gives: `loss`, `d NAME` for each weight, and more. */
  readonly step: Graph
  /** The weights that follow their gradients, changed in place. */
  readonly trained: ReadonlyMap<string, TypedTensor>
  /** What else belongs to a checkpoint, such as running statistics. */
  readonly kept?: ReadonlyMap<string, TypedTensor>
  /** The batches `first` … `count` − 1, which follow from the seed. */
  batches(first: number, count: number): AsyncIterable<Batch>
  feeds(batch: Batch, step: number): Tensors | Promise<Tensors>
  /** What is remembered of a step beside its loss, by name; called when the weights have moved. */
  measure(results: Tensors, batch: Batch): Readonly<Record<string, number>>
  /** The latest step in words. */
  note(state: TrainingState): string
  curves(state: TrainingState): Figure
  /** Called, and waited for, after every step, before a checkpoint of it is written. */
  stepped?(state: TrainingState): unknown
  /** The same, after the checkpoint. */
  told?(state: TrainingState): unknown
}

/** How it is minimised. */
export interface DescentOptions {
  /** Its `steps` are all there are. */
  schedule: Schedule
  optimizer: Optimizer
  /** Whether the optimiser's weight decay acts on a weight. Default: not on biases, nor on norms. */
  decays?: (name: string, shape: readonly number[]) => boolean
  /** What the training was told: a checkpoint of anything else is refused. */
  recipe: string
  /** Path of a checkpoint (.safetensors). Default none. */
  checkpoint?: string
  /** Steps between checkpoints. */
  checkpointEvery: number
  /** Goes on from the checkpoint. */
  resume?: boolean
  signal?: AbortSignal
}

/**
 * The state in which a training begins: that of its checkpoint, where it is resumed.
 *
 * @throws Error where the checkpoint is missing, or of another network or recipe; TypeError where none is named.
 */
export async function begin<Batch>(
  task: Task<Batch>,
  { optimizer, recipe, checkpoint, resume }: DescentOptions,
): Promise<TrainingState> {
  if (resume && !checkpoint)
    throw new TypeError('there is nothing to resume from: give the path of the checkpoint')
  const memory = new Map(
    [...task.trained].map(([name, { data }]) => [
      name,
      optimizer.memory.map(() => new Float32Array(data.length)),
    ]),
  )
  const weights = new Map([...task.trained, ...(task.kept ?? [])])
  const fresh = { step: 0, weights, memory, history: {} }
  return resume && checkpoint ? loadCheckpoint(checkpoint, fresh, recipe) : fresh
}

/**
 * Trains from a state on, to the end or to an interrupt; the state moves with it.
 *
 * @returns Whether it was interrupted.
 * @throws RangeError where the loss is no longer finite.
 */
export async function descend<Batch>(
  engine: Engine,
  task: Task<Batch>,
  state: TrainingState,
  options: DescentOptions,
): Promise<boolean> {
  const { schedule, optimizer, recipe, checkpoint, checkpointEvery, signal } = options
  const decays = options.decays ?? ((_: string, { length }: readonly number[]) => length > 1)
  const { steps } = schedule
  const program = await engine.compile(task.step)
  const loop = follow(task.batches(state.step, steps), {
    label: 'Training',
    total: steps - state.step,
    signal,
    partial: true,
  })
  loop.show(() => task.curves(state))
  try {
    for await (const batch of loop) {
      const fed = await task.feeds(batch, state.step)
      const results = await program.run({ ...Object.fromEntries(task.trained), ...fed })
      const rate = rateAt(state.step, schedule)
      state.step++
      for (const [name, { data, shape }] of task.trained)
        optimizer.update(
          data as Float32Array,
          floats(results[`d ${name}`]!),
          state.memory.get(name)!,
          {
            rate,
            count: state.step,
            decays: decays(name, shape),
          },
        )
      const loss = Number(results.loss!.data[0])
      for (const [name, value] of Object.entries({ loss, ...task.measure(results, batch) }))
        (state.history[name] ??= []).push(value)
      if (!Number.isFinite(loss))
        throw new RangeError(
          `the loss became ${loss} in step ${state.step}; try a lower rate than ${schedule.rate} or a longer warm-up`,
        )
      loop.note(task.note(state))
      await task.stepped?.(state)
      if (checkpoint && (state.step % checkpointEvery === 0 || state.step === steps))
        await saveCheckpoint(checkpoint, state, recipe)
      await task.told?.(state)
    }
    if (checkpoint && loop.interrupted) await saveCheckpoint(checkpoint, state, recipe)
  } finally {
    await program.release()
  }
  return loop.interrupted
}

export function floats({ data }: TypedTensor): Float32Array {
  if (data instanceof Float32Array) return data
  throw new TypeError('weights and their gradients are float32')
}
