/** Runs a notebook without a front end: starts the kernel and talks to it over the wire. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { KernelClient, type Exchange } from '../client.js'
import type { ErrorContent, ExecuteReply } from '../protocol.js'
import { startKernel, type StartedKernel } from '../start.js'
import { cellTags, isObject, type CodeCell, type Notebook } from './format.js'
import { OutputRecorder } from './outputs.js'

export interface RunOptions {
  /** The working directory of the cells: the notebook's folder. */
  cwd: string
  /** Seconds that one cell may take; then it is interrupted and has failed. Default 600. */
  timeout?: number
  /** Go on with the next cell after one that failed. Default false. */
  keepGoing?: boolean
  /** Interrupts the running cell and ends the run. Default: nothing does. */
  signal?: AbortSignal
  /** Hears of each cell as it starts. */
  onStart?: (cell: NumberedCell) => void
  /** Hears of each cell as it ends. */
  onEnd?: (run: CellRun) => void
}

/** A code cell. Its number is the one that Jupyter shows beside it, `[3]`; none where it is to be skipped. */
export interface NumberedCell {
  cell: CodeCell
  number?: number
  /** How many cells there are to run. */
  total: number
}

/** What became of a code cell. */
export interface CellRun extends NumberedCell {
  /** `skipped`: tagged so, or behind the end of the run. */
  outcome: 'passed' | 'failed' | 'skipped'
  /** How long it took. */
  seconds: number
  /** Why it failed. */
  error?: ErrorContent
}

/** The notebook is not one that this kernel runs. */
export class NotebookLanguageError extends Error {
  override readonly name = 'NotebookLanguageError'
}

/**
 * Runs the code cells of a notebook in order, in a kernel of their own, and fills in their outputs.
 *
 * An error ends the run, except in a cell tagged `raises-exception` and where it is to keep going.
 * Cells tagged `skip-execution` are left as they are. Of all others, outputs of earlier runs are
 * removed at the start, so what they hold afterwards comes from this run, also when it ended early.
 * A notebook without a kernelspec gets Fovea's.
 *
 * @returns what became of each code cell that is not empty, in order.
 * @throws NotebookLanguageError when the notebook is in another language than TypeScript.
 *
 * @example
 * const notebook = await readNotebook('lecture.ipynb')
 * const runs = await runNotebook(notebook, { cwd: '.' })
 * await writeNotebook('executed.ipynb', notebook)
 */
export async function runNotebook(notebook: Notebook, options: RunOptions): Promise<CellRun[]> {
  const { cwd, timeout = 600, keepGoing = false, onStart, onEnd } = options
  const { signal = new AbortController().signal } = options
  checkLanguage(notebook)
  for (const cell of notebook.cells) {
    if (cell.cell_type !== 'code' || isSkipped(cell)) continue
    cell.outputs = []
    cell.execution_count = null
  }

  const kernel = await startKernel({ cwd })
  const client = await KernelClient.connect(kernel.connection)
  try {
    const { language_info } = await client.kernelInfo()
    notebook.metadata.language_info = language_info
    notebook.metadata.kernelspec ??= ownKernelspec

    const recorder = new OutputRecorder()
    const cells = new Map<string, CodeCell>() // by the id of the request that ran them
    client.onPublished = (message) => {
      const cell = cells.get(message.parent.msg_id ?? '')
      if (cell) recorder.record(cell, message)
    }
    const stops = { timeout, signal, ended: kernelEnd(kernel) }
    // The compiler starts with the first cell that it sees: that time is not to be taken for a cell's.
    await Promise.race([finish(client.execute('', { silent: true })), stops.ended])

    let goesOn = true
    const runs: CellRun[] = []
    for (const numbered of numberedCells(notebook)) {
      const { cell } = numbered
      if (!goesOn || signal.aborted || isSkipped(cell)) {
        runs.push({ ...numbered, outcome: 'skipped', seconds: 0 })
        continue
      }
      onStart?.(numbered)
      const started = performance.now()
      // Cells are sent one at a time, so an error has none behind it to abort.
      const exchange = client.execute(cell.source, { stopOnError: false })
      cells.set(exchange.id, cell)
      const error = await outcome(exchange, client, cell, stops)
      const run: CellRun = {
        ...numbered,
        outcome: error ? 'failed' : 'passed',
        seconds: (performance.now() - started) / 1000,
        ...(error && { error }),
      }
      runs.push(run)
      onEnd?.(run)
      goesOn = !error || (keepGoing && error !== kernelDied)
    }
    return runs
  } finally {
    client.close()
    await kernel.stop()
  }
}

/** The code cells that hold something; those to be skipped have no number. */
export function numberedCells(notebook: Notebook): NumberedCell[] {
  const cells = notebook.cells
    .filter((cell) => cell.cell_type === 'code')
    .filter((cell) => cell.source.trim() !== '')
  const total = cells.filter((cell) => !isSkipped(cell)).length
  let number = 0
  return cells.map((cell) =>
    isSkipped(cell) ? { cell, total } : { cell, number: ++number, total },
  )
}

/** The first line of a cell, to know it by. */
export function firstLine({ source }: CodeCell): string {
  return source.trim().split('\n', 1)[0] ?? ''
}

function isSkipped(cell: CodeCell): boolean {
  return cellTags(cell).includes('skip-execution')
}

function mayFail(cell: CodeCell): boolean {
  return cellTags(cell).includes('raises-exception')
}

const ownKernelspec = {
  name: 'fovea',
  display_name: 'Fovea (TypeScript)',
  language: 'typescript',
}

// One cell --------------------------------------------------------------------------------------

interface Stops {
  timeout: number
  signal: AbortSignal
  /** Resolves when the kernel's process ends. */
  ended: Promise<'ended'>
}

/** Seconds to wait after an interrupt until the kernel is given up. */
const GRACE = 10

/** Waits until the cell is done or stopped; the error to end the run with, if any. */
async function outcome(
  exchange: Exchange<ExecuteReply>,
  client: KernelClient,
  cell: CodeCell,
  { timeout, signal, ended }: Stops,
): Promise<ErrorContent | undefined> {
  const waiting = new AbortController()
  const done = finish(exchange)
  done.catch(() => {}) // rejected when the connection is closed, after the outcome is known
  try {
    const late = sleep(timeout * 1000, 'late' as const, { signal: waiting.signal })
    late.catch(() => {})
    const stopped = once(signal, 'abort', { signal: waiting.signal }).then(() => 'stopped' as const)
    stopped.catch(() => {})
    const first = await Promise.race([done, late, stopped, ended])

    if (first === 'ended') return addError(cell, kernelDied)
    if (first === 'late' || first === 'stopped') {
      client.interrupt().catch(() => {})
      await Promise.race([done, ended, sleep(GRACE * 1000, undefined, { signal: waiting.signal })])
      return addError(cell, first === 'late' ? timedOut(timeout) : interrupted)
    }
    if (first.status === 'ok' || mayFail(cell)) return undefined
    return first.status === 'error' ? first : addError(cell, aborted)
  } finally {
    waiting.abort()
  }
}

/** The reply, once everything that the cell published has arrived as well. */
async function finish(exchange: Exchange<ExecuteReply>): Promise<ExecuteReply> {
  const messages = exchange[Symbol.asyncIterator]()
  while (!(await messages.next()).done);
  return exchange.reply
}

/** Leaves a trace in the cell of why it stopped, unless the kernel already did. */
function addError(cell: CodeCell, error: ErrorContent): ErrorContent {
  if (!cell.outputs.some((output) => output.output_type === 'error'))
    cell.outputs.push({ output_type: 'error', ...error })
  return error
}

const interrupted = runError('Interrupted', 'the run was interrupted')
const aborted = runError('Aborted', 'the kernel did not run the cell')
const kernelDied = runError('KernelDied', 'the kernel ended while it ran the cell')

function timedOut(seconds: number): ErrorContent {
  return runError('Timeout', `the cell took longer than ${seconds} s and was interrupted`)
}

function runError(ename: string, evalue: string): ErrorContent {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] }
}

async function kernelEnd({ process }: StartedKernel): Promise<'ended'> {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit')
  return 'ended'
}

/** @throws NotebookLanguageError when the notebook is in another language than this kernel's. */
export function checkLanguage({ metadata: { kernelspec, language_info } }: Notebook): void {
  const spec = isObject(kernelspec) ? kernelspec : {}
  const info = isObject(language_info) ? language_info : {}
  const language = spec.language ?? info.name
  if (typeof language !== 'string' || /^(typescript|javascript)$/i.test(language)) return
  const kernel = typeof spec.name === 'string' ? ` (kernel '${spec.name}')` : ''
  throw new NotebookLanguageError(
    `the notebook is in ${language}${kernel}; Fovea's kernel runs TypeScript and JavaScript`,
  )
}
