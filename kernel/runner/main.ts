/** The runner process: runs the cells of a notebook. The front process starts it, and replaces it if it dies. */
import { Worker } from 'node:worker_threads'
import { join } from 'node:path'
import { currentCell, interruptCells, Interrupted } from './cells.js'
import { Executor, failure } from './execute.js'
import { definePreloaded } from './globals.js'
import { receiveInput, refuseInput } from './input.js'
import type { ToRunner } from './messages.js'
import { Modules } from './modules.js'
import { send } from './send.js'
import { redirectStreams } from './streams.js'
import { trackTimers } from './timers.js'

new Worker(new URL('./interrupter.js', import.meta.url)).unref()

const file = join(process.cwd(), 'notebook.ts')
const modules = new Modules()
const executor = new Executor(modules, file)

redirectStreams()
trackTimers()
definePreloaded(modules.requireFor(file))

process.on('message', (message: ToRunner) => {
  if (message.type === 'run') void executor.run(message)
  else if (message.type === 'input') receiveInput(message.request, message.value)
  else if (message.type === 'input-refused') refuseInput(message.request)
  else {
    interruptCells()
    send({ type: 'stopped', token: message.token })
  }
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // the front process decides what an interrupt means

process.on('uncaughtException', (error) => report('An error was thrown outside of a cell:', error))
process.on('unhandledRejection', (error) =>
  report('A promise that nobody awaits was rejected:', error),
)

function report(what: string, error: unknown): void {
  if (error instanceof Interrupted) return
  send({ type: 'late-error', id: currentCell()?.id ?? '', what, failure: failure(error) })
}

send({ type: 'ready' })
