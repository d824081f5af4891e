/** Why a runner process has ended, in words for the reader of the notebook. */
import { megabytes } from './output-limit.js'
import type { Outcome } from './runner/messages.js'

/** How the news begins that variables are lost. */
export const RUNNER_GONE = 'The process that runs the cells is gone'

export interface RunnerEnd {
  code: number | null
  signal: NodeJS.Signals | null
  /** What the runner said itself, or why it was killed. */
  reason?: string
  outOfMemory: boolean
  /** Bytes; undefined where the runner ended before it could tell. */
  heapLimit?: number
}

export function reasonOf({ code, signal, reason, outOfMemory, heapLimit }: RunnerEnd): string {
  if (reason !== undefined) return reason
  if (outOfMemory) {
    const limit = heapLimit === undefined ? '' : ` of ${megabytes(heapLimit)}`
    return (
      `it ran out of memory: JavaScript objects needed more than the heap limit${limit}. ` +
      "FOVEA_HEAP_LIMIT=MEGABYTES in the kernel's environment raises it"
    )
  }
  // As a shell counts: an abort may arrive as either.
  if (signal === 'SIGABRT' || code === 134) return 'it aborted (SIGABRT)'
  if (signal === 'SIGKILL')
    return 'it was killed (SIGKILL), as the system does when it is out of memory'
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL' || signal === 'SIGFPE')
    return `native code in it crashed (${signal})`
  return signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`
}

/** The outcome of a cell that something else than its code has ended. */
export function failed(ename: string, evalue: string): Outcome & { ok: false } {
  return { ok: false, ename, evalue, stack: `${ename}: ${evalue}` }
}
