/** Progress of long benches where stderr is no terminal: a line now and then. */
import { line } from '../src/work/words.js'
import type { WorkSink, WorkState } from '../src/work/work.js'

/** Seconds from one line to the next. */
const EVERY = 15

/** From now on work, and the work within it, says on stderr how far it is and how fast; a terminal shows that by itself. */
export function linesOfProgress(): void {
  if (process.stderr.isTTY) return
  const running = new Map<number, WorkState>()
  let said = performance.now()
  const sink: WorkSink = (state) => {
    if (state.status === 'running') running.set(state.id, state)
    else running.delete(state.id)
    if (state.status !== 'running' && !state.transient) console.error(line(state))
    if (performance.now() - said < 1000 * EVERY || running.size === 0) return
    said = performance.now()
    console.error([...running.values()].map(line).join('\n  '))
  }
  Reflect.set(globalThis, Symbol.for('fovea.progress'), sink)
}
