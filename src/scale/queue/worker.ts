/** A worker at a queue. */
import { UnrecoverableError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { type OpenJob, openJob, type OpenOptions } from '../job.js'
import { connect } from './connection.js'
import { PREFIX, QUEUE, type ShardTicket } from './queue.js'
import { getJob, getNetwork, hasPart, putFailure, putPart } from './store.js'

export interface WorkerOptions extends Partial<OpenOptions> {
  /**
   * Seconds without a sign of life after which a worker is taken for lost, and its shard is handed out again.
   * Default 30.
   */
  lostAfter?: number
  /** Asks it to end, when the shard that it works on is done. */
  signal: AbortSignal
  /** Is told what happens, in sentences. */
  log?: (sentence: string) => void
}

/** A shard that has lost so many workers is given up. */
const LOSSES = 3

/**
 * Does shards of the jobs in a queue until it is asked to end.
 *
 * @throws what {@link connect} throws.
 */
export async function serve(url: string, options: WorkerOptions): Promise<void> {
  const { lostAfter = 30, signal, log = () => undefined } = options
  const redis = await connect(url)
  const jobs = new OpenJobs(redis, { modules: false, ...options }, log)
  const worker = new Worker<ShardTicket>(
    QUEUE,
    async ({ data: { job, shard } }) => {
      if (await hasPart(redis, job, shard)) return
      const start = performance.now()
      let bytes: Uint8Array
      try {
        bytes = await (await jobs.get(job)).part(shard)
      } catch (error) {
        const { message } = error as Error
        log(`shard ${shard} of job ${shortly(job)} cannot be done: ${message}`)
        await putFailure(redis, job, shard, message)
        throw new UnrecoverableError(message)
      }
      await putPart(redis, job, shard, bytes)
      const seconds = (performance.now() - start) / 1000
      log(`shard ${shard} of job ${shortly(job)} done in ${seconds.toFixed(1)} s`)
    },
    {
      connection: redis,
      prefix: PREFIX,
      lockDuration: lostAfter * 1000,
      stalledInterval: lostAfter * 1000,
      maxStalledCount: LOSSES - 1,
    },
  )
  let away = false
  worker.on('error', ({ message }) => {
    if (!away) log(`Redis does not answer (${message}); waiting for it`)
    away = true
  })
  redis.on('ready', () => {
    if (away) log('Redis is back')
    away = false
  })
  worker.on('failed', (ticket) => {
    // Those that were tried have said so themselves.
    if (!ticket || ticket.failedReason?.includes('stalled') !== true) return
    const { job, shard } = ticket.data
    const message = `${LOSSES} workers were lost in shard ${shard}. It may be memory: fewer threads and smaller batches need less`
    void putFailure(redis, job, shard, message)
  })
  log('waiting for shards')
  await aborted(signal)
  await worker.close()
  await jobs.close()
  redis.disconnect()
}

/** The job that is being worked on is kept ready for its next shard. */
class OpenJobs {
  private digest: string | undefined
  private open: OpenJob | undefined

  constructor(
    private readonly redis: Redis,
    private readonly options: OpenOptions,
    private readonly log: (sentence: string) => void,
  ) {}

  async get(digest: string): Promise<OpenJob> {
    if (this.open && this.digest === digest) return this.open
    await this.close()
    const job = await getJob(this.redis, digest)
    const networks = job.networks.map(({ name }) => name).join(', ')
    this.log(`job ${shortly(digest)}: ${job.pass} of ${networks} in ${job.length} pictures`)
    this.open = await openJob(job, (network) => getNetwork(this.redis, network), this.options)
    this.digest = digest
    return this.open
  }

  async close(): Promise<void> {
    const { open } = this
    this.open = undefined
    await open?.close()
  }
}

const shortly = (digest: string): string => digest.slice(0, 8)

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
