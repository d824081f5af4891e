/** Makes batches on another thread while the engine, which blocks its own, computes. */
import { Worker } from 'node:worker_threads'

/** The module that a prefetching worker loads exports this: batch `index`, made of typed arrays. */
export type MakeBatch<Options, Made> = (options: Options) => (index: number) => Made

/**
 * Items 0 … count − 1 in order, made ahead of time.
 *
 * @param module URL of a compiled module that exports a {@link MakeBatch} named `makeBatch`.
 * @param options What it is called with; must be cloneable.
 * @param ahead How many items are made in advance. Default 4.
 */
export async function* prefetch<Options, Made>(
  module: URL,
  options: Options,
  count: number,
  ahead = 4,
): AsyncGenerator<Made> {
  const worker = new Worker(new URL('./prefetch-worker.js', import.meta.url), {
    workerData: { module: module.href, options },
  })
  const ready: Made[] = []
  let failure: Error | undefined
  let wake = (): void => {}
  worker.on('message', (made: Made) => {
    ready.push(made)
    wake()
  })
  worker.on('error', (error: Error) => {
    failure = error
    wake()
  })
  try {
    let asked = 0
    for (let given = 0; given < count; given++) {
      for (; asked < Math.min(count, given + ahead); asked++) worker.postMessage(asked)
      while (ready.length === 0 && !failure) await new Promise<void>((resolve) => (wake = resolve))
      if (failure) throw failure
      yield ready.shift()!
    }
  } finally {
    await worker.terminate()
  }
}
