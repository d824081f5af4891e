import { parentPort, workerData } from 'node:worker_threads'
import { batchMaker } from './batches.js'
import { make, type WorkerTask } from './prefetch.js'

const task = workerData as WorkerTask
const data = make(task.data)
const maker = data.then((items) => batchMaker(items, task.batches))

// One after the other: batches are given in the order in which they are asked for.
let last: Promise<unknown> = maker
parentPort!.on('message', (step: number) => {
  last = last.then(async () => {
    const batch = await (await maker)(step)
    parentPort!.postMessage(batch, [batch.images.buffer as ArrayBuffer])
  })
})
