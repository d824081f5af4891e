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
  /** Seconds that one cell may take; then it is interrupted and the run fails. Default 600. */
  timeout?: number
  /** Interrupts the running cell and ends the run. Default: nothing does. */
  signal?: AbortSignal
  /** Hears of each cell as it starts. */
  onStart?: (cell: NumberedCell) => void
  /** Hears of each cell as it ends, with the seconds it took. */
  onEnd?: (cell: NumberedCell, seconds: number) => void
}

/** A cell to run. Its number is the one that Jupyter shows beside it, `[3]`. */
export interface NumberedCell {
  cell: CodeCell
  number: number
  /** How many cells there are to run. */
  total: number
}

/** Why a run ended early, and in which cell. */
export interface CellFailure extends NumberedCell {
  error: ErrorContent
}

/** The notebook is not one that this kernel runs. */
export class NotebookLanguageError extends Error {
  override readonly name = 'NotebookLanguageError'
}

/**
 * Runs the code cells of a notebook in order, in a kernel of their own, and fills in their outputs.
 *
 * An error ends the run, except in a cell tagged `raises-exception`; cells tagged `skip-execution`
 * are left out. Outputs of earlier runs are removed at the start, so what the notebook holds
 * afterwards comes from this run alone, also when it ended early.
 *
 * @returns what went wrong, or undefined when every cell ran.
 * @throws NotebookLanguageError when the notebook is in another language than TypeScript.
 *
 * @example
 * const notebook = await readNotebook('lecture.ipynb')
 * const failure = await runNotebook(notebook, { cwd: '.' })
 * await writeNotebook('executed.ipynb', notebook)
 */
export async function runNotebook(
  notebook: Notebook,
  options: RunOptions,
): Promise<CellFailure | undefined> {
  const { cwd, timeout = 600, signal = new AbortController().signal, onStart, onEnd } = options
  checkLanguage(notebook)
  for (const cell of notebook.cells) {
    if (cell.cell_type !== 'code') continue
    cell.outputs = []
    cell.execution_count = null
  }

  const kernel = await startKernel({ cwd })
  const client = await KernelClient.connect(kernel.connection)
  try {
    const { language_info } = await client.kernelInfo()
    notebook.metadata.language_info = language_info

    const recorder = new OutputRecorder()
    const cells = new Map<string, CodeCell>() // by the id of the request that ran them
    client.onPublished = (message) => {
      const cell = cells.get(message.parent.msg_id ?? '')
      if (cell) recorder.record(cell, message)
    }
    const stops = { timeout, signal, ended: kernelEnd(kernel) }

    for (const numbered of cellsToRun(notebook)) {
      const { cell } = numbered
      if (signal.aborted) return { ...numbered, error: interrupted }
      onStart?.(numbered)
      const started = performance.now()
      const exchange = client.execute(cell.source, { stopOnError: !mayFail(cell) })
      cells.set(exchange.id, cell)
      const error = await outcome(exchange, client, cell, stops)
      onEnd?.(numbered, (performance.now() - started) / 1000)
      if (error) return { ...numbered, error }
    }
    return undefined
  } finally {
    client.close()
    await kernel.stop()
  }
}

/** The code cells that have something to run. */
export function cellsToRun(notebook: Notebook): NumberedCell[] {
  return notebook.cells
    .filter((cell) => cell.cell_type === 'code')
    .filter((cell) => cell.source.trim() !== '' && !cellTags(cell).includes('skip-execution'))
    .map((cell, i, { length }) => ({ cell, number: i + 1, total: length }))
}

function mayFail(cell: CodeCell): boolean {
  return cellTags(cell).includes('raises-exception')
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

function checkLanguage({ metadata: { kernelspec, language_info } }: Notebook): void {
  const spec = isObject(kernelspec) ? kernelspec : {}
  const info = isObject(language_info) ? language_info : {}
  const language = spec.language ?? info.name
  if (typeof language !== 'string' || /^(typescript|javascript)$/i.test(language)) return
  const kernel = typeof spec.name === 'string' ? ` (kernel '${spec.name}')` : ''
  throw new NotebookLanguageError(
    `the notebook is in ${language}${kernel}; Fovea's kernel runs TypeScript and JavaScript`,
  )
}
