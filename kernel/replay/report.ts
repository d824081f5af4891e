/** What a replay found, for readers. */
import { firstLine, type CellRun } from '../notebook/run.js'
import { share, type Difference, type Findings } from './difference.js'
import type { Replayed, ReplayedCell } from './replay.js'

/** A cell whose outputs differ has failed; one that throws again what it threw before has not. */
export function outcomeOf(cell: ReplayedCell, { twice }: Replayed): CellRun {
  const { findings, error, ...run } = cell
  const [first] = findings.differences
  if (first) {
    const traceback = differencesText(findings.differences).split('\n')
    const evalue = findings.differences.map(({ what }) => what).join(', ')
    return { ...run, outcome: 'failed', error: { ename: 'Difference', evalue, traceback } }
  }
  if (error && twice) return { ...run, outcome: 'failed', error }
  return { ...run, outcome: run.outcome === 'skipped' ? 'skipped' : 'passed' }
}

export function cellReport(path: string, { cell, number, findings }: ReplayedCell): string {
  const head = `${path}: cell [${number}] differs: ${firstLine(cell)}`
  return `\n${head}\n${differencesText(findings.differences)}\n\n`
}

export const differencesText = (differences: readonly Difference[]): string =>
  differences.flatMap(linesOf).join('\n')

function linesOf({ what, stored, now, distance }: Difference): string[] {
  const lines = [`  ${what}`, `    before  ${stored}`, `    now     ${now}`]
  return distance === undefined ? lines : [...lines, `    ${distance}`]
}

/** Each once. */
export function notesText(notes: readonly Difference[]): string {
  const lines = notes.map(
    ({ what, stored, now }) => `Note: ${what}: ${stored} before, ${now} now\n`,
  )
  return [...new Set(lines)].join('')
}

export function summaryOf(path: string, { cells, twice, unrecorded }: Replayed): string {
  const all = cells.map(({ findings }) => findings)
  const total = (count: (findings: Findings) => number): number =>
    all.reduce((sum, one) => sum + count(one), 0)
  const compared = [
    counted(
      total(({ results }) => results),
      'result',
    ),
    counted(
      total(({ pictures }) => pictures),
      'picture',
    ),
    counted(
      total(({ texts }) => texts),
      'text',
    ),
  ]
  const differing = all.filter(({ differences }) => differences.length > 0).length
  const largest = Math.max(0, ...all.map((one) => one.largest))
  return (
    `${path}${twice ? ', run twice' : ''}: ${compared.join(', ')} compared; ` +
    `${differing === 0 ? 'no cell differs' : `${counted(differing, 'cell')} ${differing === 1 ? 'differs' : 'differ'}`}. ` +
    `The largest distance of two results is ${share(largest)} of their norm.\n` +
    (unrecorded
      ? `Note: ${counted(unrecorded, 'cell')} had not been run, and nothing was compared\n`
      : '') +
    notesText(all.flatMap(({ notes }) => notes))
  )
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
