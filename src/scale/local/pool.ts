/** Worker processes of this machine. */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web'
import { fileURLToPath } from 'node:url'
import type { FromWorker } from './messages.js'

/** From the sources, as under tsx, it is TypeScript as well. */
const ENTRY = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))

/** A shard that has ended so many processes is not handed out again. */
const DEATHS = 3

/** Of what a process has written before it ended, so many characters are told. */
const LAST_WORDS = 1000

export interface PoolOptions {
  /** Where the job is kept. */
  folder: string
  /** What is to be done, in this order. */
  shards: readonly number[]
  /** How many processes. */
  workers: number
  /** Ends all of them, and with them the stream. */
  signal?: AbortSignal
}

/**
 * Has processes do shards: whoever is free gets the next one, and the shard of a process that ends goes to another.
 *
 * @returns The shards as they are done. Errors it with what a worker says that it cannot do, and where a shard has ended
 *   three processes.
 */
export function pool({ folder, shards, workers, signal }: PoolOptions): ReadableStream<number> {
  const waiting = [...shards]
  const children = new Set<ChildProcess>()
  const deaths = new Map<number | undefined, number>()
  const threads = Math.max(1, Math.floor(availableParallelism() / workers))
  let over = false

  const end = (): void => {
    over = true
    signal?.removeEventListener('abort', end)
    for (const child of children) child.kill('SIGKILL')
  }

  const begin = (controller: ReadableStreamDefaultController<number>): void => {
    const child = fork(ENTRY, [folder, String(threads)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    children.add(child)
    let idle = true // until it is ready
    let shard: number | undefined
    let words = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-LAST_WORDS)
    })
    const next = (): void => {
      shard = waiting.shift()
      if (shard === undefined) child.disconnect()
      else child.send(shard)
    }
    const fail = (error: Error): void => {
      if (over) return
      end()
      controller.error(error)
    }
    child.on('message', (message: FromWorker) => {
      if (over) return
      if ('failed' in message) return fail(errorOf(message.failed))
      if ('done' in message) controller.enqueue(message.done)
      idle = false
      next()
    })
    child.on('error', fail)
    child.on('exit', (code, killer) => {
      children.delete(child)
      if (over) return
      if (shard !== undefined || idle) {
        const times = (deaths.get(shard) ?? 0) + 1
        deaths.set(shard, times)
        const how = killer ? `was ended by ${killer}` : `ended with status ${code}`
        const what = shard === undefined ? 'before it was ready' : `in shard ${shard}`
        if (times >= DEATHS)
          return fail(
            new Error(
              `${times} workers ended ${what}, the last one ${how}. It may be memory: fewer workers need less` +
                (words && `.\n${words}`),
            ),
          )
        if (shard !== undefined) waiting.unshift(shard)
        begin(controller)
      } else if (children.size === 0) {
        end()
        controller.close()
      }
    })
  }

  return new ReadableStream<number>({
    start(controller) {
      if (signal?.aborted || shards.length === 0) return controller.close()
      signal?.addEventListener('abort', () => {
        if (over) return
        end()
        controller.close()
      })
      for (let i = 0; i < Math.min(workers, shards.length); i++) begin(controller)
    },
    cancel: end,
  })
}

/** The error of another process, as if it had been thrown here. */
function errorOf({ name, message }: { name: string; message: string }): Error {
  const kinds: Record<string, ErrorConstructor> = { RangeError, TypeError }
  const error = new (kinds[name] ?? Error)(message)
  error.name = name
  return error
}
