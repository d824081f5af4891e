/** Passes over data sets on several processes or machines. */
import { join } from 'node:path'
import { cacheFolder } from '../network/weights.js'
import { wholeNumber } from '../options.js'
import { Work } from '../work/index.js'
import { describeJob, digestOfJob, networkFile, rangeOf, type Request, shardCount } from './job.js'
import { runHere } from './local/run.js'
import type { ScaleOptions } from './options.js'
import type { Part, PassName, Range } from './pass.js'
import type { Done, Task } from './task.js'

export interface PassOptions extends ScaleOptions {
  /** Where this machine's workers keep what is done, until all is. Default: the user's cache. */
  cache?: string | false
  signal?: AbortSignal
  /** What is done, as the reader sees it. */
  label: string
}

/**
 * Has workers go through a data set. What is done is kept: the same request goes on where an earlier one was
 * interrupted.
 *
 * @param add Is given the part of each range once, in any order.
 * @returns The work; where it was `interrupted`, the parts given are what there is.
 * @throws TypeError for what cannot be described to workers; RangeError for options that there cannot be; the error
 *   of a worker that cannot do its shard; Error where a shard has killed several workers, or the queue cannot be
 *   reached.
 */
export async function passOver<Name extends PassName>(
  request: Request<Name>,
  { workers, queue, cache, signal, label }: PassOptions,
  add: (part: Part, range: Range) => void,
): Promise<Work> {
  if (workers !== undefined && queue !== undefined)
    throw new RangeError('either `workers` of this machine or those of a `queue`, not both')
  if (workers !== undefined) wholeNumber('the number of workers', workers)
  const job = await describeJob(request)
  const task: Task = {
    job,
    digest: digestOfJob(job),
    shards: shardCount(job),
    networks: new Map(request.networks.map((net) => [net.digest, () => networkFile(net)])),
  }
  const work = new Work({ label, unit: 'pictures', total: job.length, signal, transient: true })
  const results: AsyncIterable<Done> =
    queue === undefined
      ? runHere(task, join(cache || cacheFolder(), 'jobs'), workers ?? 1, work)
      : (await import('./queue/run.js')).runOnQueue(task, queue, work)
  let done = 0
  try {
    for await (const { shard, part } of results) {
      const range = rangeOf(job, shard)
      add(part, range)
      work.report((done += range.count))
    }
    if (done === job.length) work.end()
    else work.stopped() // no error: what is done is of use
  } finally {
    work.end('ended')
  }
  return work
}
