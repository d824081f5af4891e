/** A job on workers that wait at a queue. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import type { Work } from '../../work/index.js'
import { readPart } from '../pass.js'
import type { Done, Task } from '../task.js'
import { connect, withoutPassword } from './connection.js'
import { PREFIX, QUEUE, type ShardTicket, ticketId } from './queue.js'
import { clearFailures, doneShards, finishJob, getFailure, getPart, putJob } from './store.js'

/** Milliseconds between two looks at what is done. */
const PAUSE = 200
/** Looks after which what is missing is put into the queue again, should the server have lost it. */
const CHECK = 150

/**
 * What is done of the job already, then what workers do.
 *
 * Results are looked for in regular intervals rather than awaited as events, which an outage of the server would lose.
 */
export async function* runOnQueue(
  task: Task,
  url: string,
  work: Work,
): AsyncGenerator<Done, void, undefined> {
  const redis = await connect(url)
  const queue = new Queue<ShardTicket>(QUEUE, { connection: redis, prefix: PREFIX })
  queue.on('error', () => undefined) // the connection is tried again
  const missing = new Set(Array.from({ length: task.shards }, (_, shard) => shard))
  const tickets = () => [...missing].map((shard) => ({ job: task.digest, shard }))
  let lost = true // at first, and whenever the server was away: it may have forgotten the latest
  redis.on('ready', () => (lost = true))
  try {
    await clearFailures(redis, task.digest)
    for (let look = 1; missing.size > 0; look++) {
      if (work.signal?.aborted) break
      for (const shard of await unlessStopped(doneShards(redis, task.digest), work)) {
        if (!missing.delete(shard)) continue
        const bytes = await unlessStopped(getPart(redis, task.digest, shard), work)
        yield { shard, part: readPart(bytes) }
      }
      const failure = await unlessStopped(getFailure(redis, task.digest), work)
      if (failure !== undefined) throw new Error(failure)
      if (lost || look % CHECK === 0) {
        lost = false
        await unlessStopped(putJob(redis, task), work)
        await unlessStopped(putTickets(queue, tickets()), work)
      }
      if (look % 10 === 1) work.note(await unlessStopped(workersOf(queue, url), work))
      if (missing.size > 0) await unlessStopped(sleep(PAUSE), work)
    }
    if (missing.size === 0) await finishJob(redis, task.digest)
  } catch (error) {
    if (!work.signal?.aborted) throw error // an interrupt gives what there is
  } finally {
    // What nobody has begun need not be done. What workers are doing is kept, for the next time.
    if (missing.size > 0 && redis.status === 'ready')
      await Promise.all(tickets().map((ticket) => queue.remove(ticketId(ticket)).catch(() => 0)))
    await queue.close().catch(() => undefined)
    redis.disconnect()
  }
}

const putTickets = (queue: Queue<ShardTicket>, tickets: readonly ShardTicket[]): Promise<unknown> =>
  queue.addBulk(
    tickets.map((data) => ({
      name: 'shard',
      data,
      opts: { jobId: ticketId(data), removeOnComplete: true, removeOnFail: true },
    })),
  )

async function workersOf(queue: Queue<ShardTicket>, url: string): Promise<string> {
  const count = await queue.getWorkersCount().catch(() => undefined) // some servers do not tell
  if (count === undefined) return ''
  if (count > 0) return count === 1 ? '1 worker' : `${count} workers`
  return `no worker is there; start some with fovea worker --queue ${withoutPassword(url)}`
}

/** What a promise gives. @throws the signal's reason where the work is to stop before. */
async function unlessStopped<T>(promise: Promise<T>, { signal }: Work): Promise<T> {
  if (!signal) return promise
  let stop = (): void => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([promise, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
