/** `fovea worker`: does the work of others. */
import { serve } from '../../src/scale/queue/worker.js'
import { readArguments, refuseArguments, UsageError } from './command.js'
import { interruptible } from './interruptible.js'

export const help = `Usage: fovea worker --queue ADDRESS [options]

Does shards of jobs that others have put into a queue with { queue: ADDRESS }: maximal patches,
features of data sets, robustness. Start as many as there are machines, or cores; each takes the
next shard when it is free. Data sets of files must lie at the same path everywhere.

Options:
      --queue ADDRESS        a Redis server: redis://host:6379, rediss:// with TLS (default: the
                             environment variable FOVEA_QUEUE)
      --threads N            threads of a worker (default: one for each core)
      --lost-after SECONDS   without a sign of life after which a worker is taken for lost, and
                             its shard handed out again; the same for all workers (default 30)
      --modules              load the code that data sets of \`remakeable\` name: whoever may write
                             to the queue can then run code here
  -q, --quiet                report nothing but errors

Ctrl-C or SIGTERM ends it when its shard is done; a second one at once. What it was doing then
is handed out again.

Exit status: 0 or that of its signal (130, 143) when it was asked to end, 1 when there is no
server, 2 when the command was not understood.

Examples:
  fovea worker --queue redis://localhost:6379 --threads 1
  FOVEA_QUEUE=rediss://:secret@queue.example.org:6380 fovea worker
`

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    queue: { type: 'string', default: process.env.FOVEA_QUEUE },
    threads: { type: 'string' },
    'lost-after': { type: 'string', default: '30' },
    modules: { type: 'boolean', default: false },
    quiet: { type: 'boolean', short: 'q', default: false },
  })
  refuseArguments(positionals)
  const { queue, modules, quiet } = values
  if (!queue) throw new UsageError('say where the queue is: --queue redis://host:6379')
  const threads = values.threads === undefined ? undefined : Number(values.threads)
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
    throw new UsageError(`--threads ${values.threads}: a whole number, 1 or more, was expected`)
  const lostAfter = Number(values['lost-after'])
  if (!(lostAfter >= 1 && lostAfter <= 86_400))
    throw new UsageError(
      `--lost-after ${values['lost-after']}: a number of seconds from 1 to 86400 was expected`,
    )
  const log = (sentence: string): void => {
    if (!quiet) process.stderr.write(`${new Date().toISOString()} ${sentence}\n`)
  }
  return interruptible(
    async (signal) => {
      try {
        await serve(queue, { threads, modules, lostAfter, signal, log })
        return 0
      } catch (error) {
        console.error(`fovea worker: ${(error as Error).message}`)
        return error instanceof RangeError ? 2 : 1
      }
    },
    () => log('ending when the shard is done'),
  )
}
