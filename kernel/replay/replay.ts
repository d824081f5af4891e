/** Runs an executed notebook again, and compares. */
import type { CodeCell, Notebook } from '../notebook/format.js'
import { numberedCells, runNotebook, type CellRun, type RunOptions } from '../notebook/run.js'
import { compareCells } from './cells.js'
import { Findings, type Tolerances } from './difference.js'

/** What became of a cell in the second run. */
export interface ReplayedCell extends CellRun {
  findings: Findings
}

export interface Replayed {
  /** Whether the notebook had no outputs, so that it was run twice. */
  twice: boolean
  cells: ReplayedCell[]
  /** How many cells were not executed when the notebook was saved, and are not compared. */
  unrecorded: number
}

/**
 * Runs a notebook and compares every output with the stored one; one without outputs is run twice. The notebook holds
 * the outputs of the last run afterwards.
 *
 * @throws NotebookLanguageError when the notebook is in another language than TypeScript.
 * @example const { cells } = await replay(await readNotebook('lecture.ipynb'), { cwd: '.' }, tolerances)
 */
export async function replay(
  notebook: Notebook,
  options: RunOptions,
  tolerances: Tolerances,
): Promise<Replayed> {
  const twice = !numberedCells(notebook).some(({ cell }) => isExecuted(cell))
  if (twice) {
    const first = await runNotebook(notebook, options)
    // What fails the first time has nothing to be compared with.
    if (options.signal?.aborted || first.some(({ outcome }) => outcome === 'failed'))
      return { twice, cells: first.map(withoutFindings), unrecorded: 0 }
  }
  const stored = numberedCells(structuredClone(notebook))
  // An error that was stored is to come again, and the cells behind it as well.
  const runs = await runNotebook(notebook, { ...options, keepGoing: true })

  const cells: ReplayedCell[] = []
  let unrecorded = 0
  for (const [i, run] of runs.entries()) {
    const before = stored[i]!.cell
    const isRun = run.outcome !== 'skipped'
    const isComparable = isRun && isExecuted(before)
    if (isRun && !isComparable) unrecorded++
    const findings = isComparable
      ? await compareCells(before, run.cell, tolerances)
      : new Findings()
    cells.push({ ...run, findings })
  }
  return { twice, cells, unrecorded }
}

const withoutFindings = (run: CellRun): ReplayedCell => ({ ...run, findings: new Findings() })

const isExecuted = ({ execution_count: count, outputs }: CodeCell): boolean =>
  count !== null || outputs.length > 0
