/** A job on processes of this machine. */
import type { Work } from '../../work/index.js'
import type { Done, Task } from '../task.js'
import { forget, jobFolder, keptPart } from './kept.js'
import { pool } from './pool.js'

/**
 * What was kept of the job before, then what workers do. When all is done, nothing is kept.
 *
 * @param root The folder of the jobs' folders.
 */
export async function* runHere(
  task: Task,
  root: string,
  workers: number,
  work: Work,
): AsyncGenerator<Done, void, undefined> {
  const folder = await jobFolder(root, task)
  const missing: number[] = []
  for (let shard = 0; shard < task.shards; shard++) {
    const part = await keptPart(folder, shard)
    if (part) yield { shard, part }
    else missing.push(shard)
  }
  work.note(workers === 1 ? '1 worker' : `${workers} workers`)
  for await (const shard of pool({ folder, shards: missing, workers, signal: work.signal })) {
    const part = await keptPart(folder, shard)
    if (!part) throw new Error(`${folder} was changed by others while workers used it`)
    yield { shard, part }
  }
  if (!work.signal?.aborted) await forget(folder)
}
