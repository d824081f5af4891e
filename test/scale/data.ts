/** Data sets for the tests of workers: scenes that end the process that reads one of them, or take their time. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dataset } from '../../datasets/dataset.js'
import { type Scene, scenes } from '../../datasets/scenes/index.js'

const few = scenes({ seed: 5, classes: ['cat', 'car'], styles: ['noto'], length: 120, size: 32 })

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

/** 120 scenes, and troubles. */
export function troubled({
  deadly,
  times = 1,
  file,
  broken,
  slow,
  log,
}: Trouble): Dataset<Promise<Scene>> {
  return new Dataset(few.length, few.classes, async (i) => {
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
    return few.get(i)
  })
}
