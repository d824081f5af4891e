import { parentPort, workerData } from 'node:worker_threads'
import type { MakeBatch } from './prefetch.js'

const { module, options } = workerData as { module: string; options: unknown }
const { makeBatch } = (await import(module)) as { makeBatch: MakeBatch<unknown, unknown> }
const make = makeBatch(options)

parentPort!.on('message', (index: number) => parentPort!.postMessage(make(index)))
