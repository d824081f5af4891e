/** The kernel's latency and memory, as a front-end sees them. `npx tsx bench/kernel.ts` */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KernelClient } from '../kernel/client.js'
import { startKernel } from '../kernel/start.js'

const ROUNDS = Number(process.argv[2] ?? 5)
const times: Record<string, number[]> = {}
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const value = await work()
  ;(times[name] ??= []).push(performance.now() - start)
  return value
}
const note = (name: string, value: number) => (times[name] ??= []).push(value)

/** Resident memory that no other process shares, in MB. */
function memory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]) / 1024
}

for (let round = 0; round < ROUNDS; round++) {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-bench-'))
  const kernel = await timed('kernel ready', () => startKernel({ cwd: folder }))
  const client = await KernelClient.connect(kernel.connection)
  const run = async (code: string) => {
    const { status } = await client.execute(code).reply
    if (status !== 'ok') throw new Error(code)
  }
  await timed('first cell, at once', () => run('const a = 1; a + 1'))
  await timed('second cell', () => run('const b = 1; b + 1'))
  for (let i = 0; i < 10; i++) await timed('warm trivial cell', () => run(`${i} + 1`))
  await timed('first completion', () => client.complete('viz.'))
  for (let i = 0; i < 5; i++)
    await timed('completion viz.', () => client.complete(`viz.${'mode'.slice(0, i)}`))
  for (let i = 0; i < 5; i++)
    await timed('completion global', () => client.complete('disp'.slice(0, i)))
  for (let i = 0; i < 3; i++) await timed('inspection', () => client.inspect('viz', 2))
  const { pid } = kernel.process
  const runner = Number(execFileSync('pgrep', ['-P', String(pid)]).toString())
  note('memory front', memory(pid!))
  note('memory runner', memory(runner))
  note('memory both', memory(pid!) + memory(runner))
  await timed('import tf types', () =>
    run('import * as tfx from "@tensorflow/tfjs"').catch(() => {}),
  )
  client.close()
  await kernel.stop()
  const second = await startKernel({ cwd: folder })
  const later = await KernelClient.connect(second.connection)
  await sleep(2500)
  await timed('first cell, after 2.5 s', () => later.execute('1 + 1').reply)
  later.close()
  await second.stop()
}
for (const [name, values] of Object.entries(times)) {
  const sorted = values.sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]!
  console.log(
    `${name.padEnd(26)} best ${sorted[0]!.toFixed(0).padStart(6)}  median ${median.toFixed(0).padStart(6)}`,
  )
}
