/** Makes batches on another thread while the engine, which blocks its own, computes. */
import { Worker } from 'node:worker_threads'
import type { Items } from '../../datasets/dataset.js'
import type { Recipe } from '../../datasets/recipe.js'
import { type Batch, type BatchOptions, batchMaker, type Example } from './batches.js'

/** A data set that other threads can make again. */
export interface Remakeable {
  /** URL of a compiled module. */
  module: string
  /** The function that it exports, which makes the data set from `options`. */
  maker: string
  /** Must be cloneable. */
  options: unknown
}

const REMAKE = Symbol('how to make it again')

/**
 * A data set that a module's function makes from plain options, so that its images can be made on another
 * thread while the network trains, and by workers. Worth it where making an image takes time.
 *
 * @throws TypeError where the module exports no such function.
 * @example
 *   // shapes.js: export const shapes = ({ length }) => new Dataset(length, ['disc', 'square'], draw)
 *   const data = await remakeable(new URL('./shapes.js', import.meta.url), 'shapes', { length: 5000 })
 */
export async function remakeable<Options>(
  module: URL,
  maker: string,
  options: Options,
): Promise<Items<Example>> {
  const remake: Remakeable = { module: module.href, maker, options }
  const data: Items<Example> & { readonly recipe?: Recipe } = await make(remake)
  const recipe = data.recipe ?? { loader: 'remakeable', arguments: [module.href, maker, options] }
  return Object.assign(data, { [REMAKE]: remake, recipe })
}

/** What `remakeable` told: makes the data set on this thread. */
export async function make({ module, maker, options }: Remakeable): Promise<Items<Example>> {
  const exported = ((await import(module)) as Record<string, unknown>)[maker]
  if (typeof exported !== 'function')
    throw new TypeError(`the module ${module} exports no function '${maker}'`)
  return (exported as (options: unknown) => Items<Example>)(options)
}

/** What a worker thread is told at its start. */
export interface WorkerTask {
  data: Remakeable
  batches: BatchOptions
}

/**
 * Batches `first` … `count` − 1 in order. Where the data set is {@link remakeable}, a worker thread makes
 * them ahead of time; otherwise each is made when it is asked for.
 *
 * @param ahead How many are made in advance. Default 3.
 */
export async function* batches(
  data: Items<Example>,
  options: BatchOptions,
  first: number,
  count: number,
  ahead = 3,
): AsyncGenerator<Batch> {
  const remake = (data as { [REMAKE]?: Remakeable })[REMAKE]
  const compiled = import.meta.url.endsWith('.js') // what a worker can load
  if (remake && compiled) {
    yield* made({ data: remake, batches: options }, first, count, ahead)
    return
  }
  const maker = batchMaker(data, options)
  for (let step = first; step < count; step++) yield await maker(step)
}

async function* made(
  workerData: WorkerTask,
  first: number,
  count: number,
  ahead: number,
): AsyncGenerator<Batch> {
  const worker = new Worker(new URL('./prefetch-worker.js', import.meta.url), { workerData })
  const ready: Batch[] = []
  let failure: Error | undefined
  let wake = (): void => {}
  worker.on('message', (batch: Batch) => {
    ready.push(batch)
    wake()
  })
  worker.on('error', (error: Error) => {
    failure = error
    wake()
  })
  try {
    let asked = first
    for (let given = first; given < count; given++) {
      for (; asked < Math.min(count, given + ahead); asked++) worker.postMessage(asked)
      while (ready.length === 0 && !failure) await new Promise<void>((resolve) => (wake = resolve))
      if (ready.length === 0 && failure) throw failure
      yield ready.shift()!
    }
  } finally {
    await worker.terminate()
  }
}
