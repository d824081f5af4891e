/** What a cell of tests is worth, by nbgrader's rule. */
import { stripVTControlCharacters } from 'node:util'
import type { CodeCell } from '../notebook/format.js'
import { MARKS, regionsOf } from './assignment.js'

export interface Judged {
  score: number
  /** Why it is less than all points. */
  message?: string
  /** Whether a hidden test has failed, or may have. */
  hidden?: boolean
}

/**
 * The first output that decides does: an error and anything on stderr are worth nothing; a result that is a number
 * above 0 is the points, others are worth all. A cell without such an output is worth all.
 *
 * nbgrader gives up on more points than the cell has; here such a cell, which is the teacher's mistake, is worth all.
 */
export function judge(cell: CodeCell, points: number): Judged {
  for (const output of cell.outputs) {
    if (output.output_type === 'error') {
      const { ename, evalue } = output
      const message = ename === 'CheckError' ? evalue : `${ename}: ${evalue}`
      return { score: 0, message, hidden: failedHidden(cell, output.traceback) }
    }
    if (output.output_type === 'stream' && output.name === 'stderr')
      return {
        score: 0,
        message: `on stderr: ${output.text.trim()}`,
        hidden: failedHidden(cell, []),
      }
    if (output.output_type !== 'execute_result') continue
    const text = output.data['text/plain']
    const number = typeof text === 'string' && text.trim() !== '' ? Number(text) : NaN
    const isPart = number > 0 && number < points
    return isPart ? { score: number, message: `${number} of ${points} points` } : { score: points }
  }
  return { score: points }
}

/** By the line that the traceback names; where it names none, and there are hidden tests, they may be meant. */
function failedHidden({ source, execution_count: count }: CodeCell, traceback: string[]): boolean {
  const regions = regionsOf(source, MARKS.hidden)
  if (regions.length === 0) return false
  const text = stripVTControlCharacters(traceback.join('\n'))
  const line = new RegExp(`Cell\\[${count}\\]\\.ts:(\\d+)`).exec(text)?.[1]
  if (line === undefined) return true
  return regions.some(({ begin, end }) => Number(line) - 1 >= begin && Number(line) - 1 <= end)
}
