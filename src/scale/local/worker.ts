/** A worker process of this machine: makes a job ready, and keeps the parts of the shards that it is told. */
import { openJob } from '../job.js'
import { keepPart, readJob, readNetwork } from './kept.js'
import type { FromWorker } from './messages.js'

const [folder, threads] = process.argv.slice(2) as [string, string]

const say = (message: FromWorker): void => void process.send?.(message)

const fail = (error: unknown): void => {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  say({ failed: { name, message } })
}

process.on('SIGINT', () => undefined) // a terminal's Ctrl-C is for the process that hands out shards
process.on('disconnect', () => process.exit())

try {
  const job = await openJob(await readJob(folder), (digest) => readNetwork(folder, digest), {
    threads: Number(threads),
    modules: true,
  })
  process.on('message', (shard: number) => {
    const keep = async (): Promise<void> => {
      await keepPart(folder, shard, await job.part(shard))
      say({ done: shard })
    }
    keep().catch(fail)
  })
  say({ ready: true })
} catch (error) {
  fail(error)
}
