/** Latency and memory of the kernel, as a front-end sees them. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KernelClient } from '../kernel/client.js'
import { startKernel } from '../kernel/start.js'
import { ms, table } from './measure.js'

const STARTS = 5

/** What is measured, by its name, and what it should stay below. */
const limits = {
  'from the start of the process to its first answer, ms': 2000,
  'first cell, sent at once, ms': 1000,
  'a trivial cell later, there and back, ms': 40,
  'completion of `viz.`, ms': 150,
  'completion of a global name, ms': 150,
  'inspection of `viz`, ms': 150,
  'memory of both processes before a network is loaded, MiB': 350,
}
type Measure = keyof typeof limits

export async function kernelSection(): Promise<string> {
  const measured = new Map<Measure, number[]>()
  const note = (measure: Measure, value: number) =>
    measured.set(measure, [...(measured.get(measure) ?? []), value])
  for (let i = 0; i < STARTS; i++) await measureStart(note)
  const rows = [...measured].map(([measure, values]) => [
    measure,
    ms(values),
    `< ${limits[measure]}`,
  ])
  return [
    `Best / median of ${STARTS} starts, through Jupyter’s own channels. Memory that processes share counts in parts`,
    '(proportional set size, Linux alone).',
    '',
    table(['', 'best / median', 'asked for'], rows),
  ].join('\n')
}

async function measureStart(note: (measure: Measure, value: number) => void): Promise<void> {
  const timed = async <T>(measure: Measure, work: () => Promise<T>): Promise<T> => {
    const start = performance.now()
    const value = await work()
    note(measure, performance.now() - start)
    return value
  }
  const folder = await mkdtemp(join(tmpdir(), 'fovea-bench-'))
  const kernel = await timed('from the start of the process to its first answer, ms', () =>
    startKernel({ cwd: folder }),
  )
  const client = await KernelClient.connect(kernel.connection)
  const run = async (code: string) => {
    const { status } = await client.execute(code).reply
    if (status !== 'ok') throw new Error(`the cell failed: ${code}`)
  }
  await timed('first cell, sent at once, ms', () => run('const a = 1; a + 1'))
  await run('const b = 1; b + 1')
  for (let i = 0; i < 10; i++)
    await timed('a trivial cell later, there and back, ms', () => run(`${i} + 1`))
  for (let i = 0; i < 5; i++)
    await timed('completion of `viz.`, ms', () => client.complete(`viz.${'model'.slice(0, i)}`))
  for (let i = 1; i < 5; i++)
    await timed('completion of a global name, ms', () => client.complete('disp'.slice(0, i)))
  for (let i = 0; i < 3; i++) await timed('inspection of `viz`, ms', () => client.inspect('viz', 2))
  if (process.platform === 'linux')
    note(
      'memory of both processes before a network is loaded, MiB',
      memoryOfFamily(kernel.process.pid!),
    )
  client.close()
  await kernel.stop()
  await rm(folder, { recursive: true })
}

/** MiB of a process and its children; pages that processes share are divided among them. */
function memoryOfFamily(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [pid, ...children.split(' ').filter(Boolean).map(Number)]
    .map((one) => /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1])
    .reduce((sum, kilobytes) => sum + Number(kilobytes) / 1024, 0)
}
