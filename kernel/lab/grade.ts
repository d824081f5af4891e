/** Grades one submission of an assignment. */
import type { CodeCell, Notebook } from '../notebook/format.js'
import { checkLanguage } from '../notebook/run.js'
import { markOf, type Assignment } from './assignment.js'
import { planOf, type Step } from './plan.js'
import { release } from './release.js'
import { judge } from './score.js'
import { SubmissionKernel, type Limits } from './submission-kernel.js'
import { TestKernel } from './test-kernel.js'

/** What a graded cell is worth. */
export interface CellScore {
  /** nbgrader's `grade_id`. */
  id: string
  points: number
  /** null where a person has to grade it. */
  score: number | null
  /** Why it is less than all points. */
  message?: string
  /** Whether that comes from a hidden test. */
  hidden?: boolean
  seconds: number
}

export interface Grade {
  cells: CellScore[]
  /** The sum of what was graded automatically. */
  score: number
  /** What that could have been. */
  maximum: number
  /** What a person has yet to grade. */
  toGrade: number
  /** What ran, in order, with its outputs. */
  steps: Step[]
}

export interface GradeOptions extends Limits {
  /** Where relative paths of the source's locked cells begin: its folder. */
  folder: string
}

/**
 * Runs a submission in a process that is confined, and the source's tests in another, which asks it. Expected values
 * are never where the submission is, and what it does to its own process changes no check.
 *
 * @throws NotebookLanguageError where the submission is in another language; Error where the source's own cells fail.
 */
export async function grade(
  assignment: Assignment,
  submission: Notebook,
  { folder, ...limits }: GradeOptions,
): Promise<Grade> {
  checkLanguage(submission)
  const submitted = await SubmissionKernel.start(limits)
  let tests: TestKernel | undefined
  try {
    const [started, begun] = await Promise.allSettled([
      TestKernel.start(assignment, folder, (question, seconds) => submitted.ask(question, seconds)),
      submitted.begin(),
    ])
    if (started.status === 'rejected') throw started.reason
    tests = started.value
    if (begun.status === 'rejected') throw begun.reason
    const steps = planOf(assignment, submission.cells)
    const stubs = new Map(release(assignment).cells.map((one) => [markOf(one).id, one.source]))
    const cells: CellScore[] = []
    for (const step of steps) {
      const { cell } = step
      if (step.kind === 'manual') cells.push(scoreOfManual(step, stubs.get(step.entry.id)))
      if (step.kind === 'tests') cells.push(await scoreOf(step, tests, limits))
      else if (cell?.cell_type === 'code' && cell.source.trim() !== '') await submitted.run(cell)
    }
    const sum = (values: (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0)
    const isOpen = ({ score }: CellScore) => score === null
    return {
      cells,
      score: sum(cells.map(({ score }) => score)),
      maximum: sum(cells.filter((cell) => !isOpen(cell)).map(({ points }) => points)),
      toGrade: sum(cells.filter(isOpen).map(({ points }) => points)),
      steps,
    }
  } finally {
    await Promise.all([submitted.stop(), tests?.stop()])
  }
}

async function scoreOf(
  { cell, entry: { id, points } }: Step & { kind: 'tests' },
  tests: TestKernel,
  { timeout }: Limits,
): Promise<CellScore> {
  const { seconds, error } = await tests.run(cell, timeout)
  if (error && !hasError(cell)) cell.outputs.push({ output_type: 'error', ...error })
  return { id, points, ...judge(cell, points), seconds }
}

function hasError({ outputs }: CodeCell): boolean {
  return outputs.some((output) => output.output_type === 'error')
}

/** An answer that was left as it was released is worth nothing; all others are for a person. */
function scoreOfManual(
  { cell, entry: { id, points } }: Step & { kind: 'manual' },
  stub: string | undefined,
): CellScore {
  const base = { id, points, seconds: 0 }
  if (!cell) return { ...base, score: 0, message: 'the cell is missing' }
  return cell.source.trim() === stub?.trim()
    ? { ...base, score: 0, message: 'nothing was answered' }
    : { ...base, score: null }
}
