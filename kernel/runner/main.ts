/** The runner process: runs the cells of a notebook. The front process starts it, and replaces it if it dies. */
import type { EventEmitter } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { currentCell, interruptCells, Interrupted } from './cells.js'
import { interruptComms, receiveComm } from './comms.js'
import { keepDescriptors } from './descriptors.js'
import { Executor, failure, namesInVariables } from './execute.js'
import { endProcess, giveUp } from './give-up.js'
import { definePreloaded } from './globals.js'
import { receiveInput, refuseInput } from './input.js'
import type { NamesRequest, RunRequest, ToRunner } from './messages.js'
import { Modules } from './modules.js'
import { native, noNativeCalls, watchNativeCalls } from './native-calls.js'
import { entries } from './primordials.js'
import { showProgress } from './progress.js'
import { send } from './send.js'
import { redirectStreams } from './streams.js'
import { admitImmediateOfNode, trackTimers } from './timers.js'

new Worker(new URL('./interrupter.js', import.meta.url), { workerData: { native } }).unref()

const file = join(process.cwd(), 'notebook.ts')
const modules = new Modules()
const executor = new Executor(modules, file)

redirectStreams()
trackTimers()
keepDescriptors()
watchNativeCalls()
showProgress()
definePreloaded(modules.requireFor(file))

const listeners = {
  message(message: ToRunner) {
    noNativeCalls()
    if (message.type === 'run') void run(message)
    else if (message.type === 'names') void sendNames(message)
    else if (message.type === 'comm') void receiveComm(message.id, message)
    else if (message.type === 'input') receiveInput(message.request, message.value)
    else if (message.type === 'input-refused') refuseInput(message.request)
    else {
      interruptCells(message.terminated)
      interruptComms()
      send({ type: 'stopped', token: message.token })
    }
  },
  disconnect: endProcess,
  SIGINT() {}, // the front process decides what an interrupt means
  SIGUSR1() {}, // which would open a debugger to every process of this machine
  uncaughtException: (error: unknown) => {
    admitImmediateOfNode()
    report('An error was thrown outside of a cell:', error)
  },
  unhandledRejection: (error: unknown) =>
    report('A promise that nobody awaits was rejected:', error),
}

const listenerList = entries(listeners) as [string, (message: never) => void][]

/** Again after every cell, which may have called `process.removeAllListeners()`. */
function listen(): void {
  process.channel?.ref() // which Node leaves to a listener that goes as well
  const emitter: EventEmitter = process
  for (const [event, listener] of listenerList)
    if (!emitter.listeners(event).includes(listener))
      emitter.on(event, listener as (value: unknown) => void)
}

async function run(message: RunRequest): Promise<void> {
  try {
    await executor.run(message)
    listen()
  } catch (error) {
    giveUp(error)
  }
}

async function sendNames({ token, ...request }: NamesRequest & { token: number }): Promise<void> {
  send({ type: 'names', token, names: await namesInVariables(request) })
}

function report(what: string, error: unknown): void {
  if (error instanceof Interrupted) return
  send({ type: 'late-error', id: currentCell()?.id ?? '', what, failure: failure(error) })
}

listen()
send({ type: 'ready', heapLimit: getHeapStatistics().heap_size_limit })
