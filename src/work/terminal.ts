/** Work on a terminal: one line on stderr, overwritten as it goes on. */
import { line } from './words.js'
import type { WorkSink, WorkState } from './work.js'

/** Seconds before a line appears: what is over sooner would only flicker. */
const PATIENCE = 0.5

let shown: number | undefined

/** Undefined where stderr is no terminal: files and pipes get no progress. */
export function terminalSink(): WorkSink | undefined {
  return process.stderr.isTTY ? write : undefined
}

function write(state: WorkState): void {
  if (state.status === 'running' ? state.seconds < PATIENCE : shown !== state.id) return
  const { columns = 80 } = process.stderr
  const text = line(state).slice(0, columns - 1)
  const over = state.status !== 'running'
  process.stderr.write(`\r\u001b[2K${over && state.transient ? '' : text + (over ? '\n' : '')}`)
  shown = over ? undefined : state.id
}
