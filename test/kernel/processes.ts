/** Whether processes that the kernel has started are still there. */
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until none of these processes runs any more. */
export async function untilEnded(pids: number[]): Promise<void> {
  for (let i = 0; i < 400 && pids.some(runs); i++) await sleep(25)
  expect(pids.filter(runs)).to.deep.equal([])
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !isZombie(pid)
}

/** An orphan that has ended stays in the table of processes until init looks after it, which may take seconds. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    return /^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true // it has gone meanwhile
  }
}
