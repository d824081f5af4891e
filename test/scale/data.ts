/** Data sets for the tests of workers: pictures that end the process that reads one of them, or take their time. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dataset } from '../../datasets/dataset.js'
import { Image } from '../../src/image/image.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import type { Example } from '../../src/training/batches.js'

const classes = ['cat', 'car', 'pizza']

/** Noise with a label. */
function example(index: number): Example {
  const random = new Random(mixSeeds(5, index))
  const pixels = Float32Array.from({ length: 3 * 32 * 32 }, () => random.uniform())
  return { image: new Image(32, 32, pixels), label: random.integer(3) }
}

export interface Trouble {
  /** Whoever reads this picture is ended with kill -9, as long as there are fewer than `times` such files. */
  deadly?: number
  times?: number
  /** Where it is written down: `FILE.0`, `FILE.1`, … */
  file?: string
  /** This picture cannot be read. */
  broken?: number
  /** Milliseconds that reading a picture takes. */
  slow?: number
  /** A file that gets a line with the number of each picture that is read. */
  log?: string
}

/** 120 pictures, and troubles. */
export function troubled({
  deadly,
  times = 1,
  file,
  broken,
  slow,
  log,
}: Trouble): Dataset<Promise<Example>> {
  return new Dataset(120, classes, async (i) => {
    if (log) appendFileSync(log, `${i}\n`)
    if (slow) await sleep(slow)
    if (i === broken) throw new RangeError(`picture ${i} cannot be read`)
    if (i === deadly)
      for (let n = 0; n < times; n++) {
        if (existsSync(`${file}.${n}`)) continue
        writeFileSync(`${file}.${n}`, String(process.pid))
        process.kill(process.pid, 'SIGKILL')
        await sleep(10_000)
      }
    return example(i)
  })
}
