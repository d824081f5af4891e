/** Whether an assignment does what it is for: its solution passes everything, and its student version nothing. */
import type { Notebook } from '../notebook/format.js'
import { runNotebook } from '../notebook/run.js'
import { markOf, type Assignment } from './assignment.js'
import { grade, type GradeOptions } from './grade.js'
import { release } from './release.js'

export interface Verified {
  /** What is wrong, a sentence each. None: the assignment is good. */
  problems: string[]
  /** The longest that a cell took, in seconds, and its id. */
  slowest: { id: string; seconds: number }
}

/**
 * - The source as it stands, all in one process as nbgrader runs it: every cell passes, and no test writes to stderr.
 * - The solution, graded as submissions are: all points.
 * - The student version, graded so: no points, each graded cell with exactly one error, which is the stub's.
 * - The student version holds nothing of solutions and hidden tests.
 */
export async function verify(
  assignment: Assignment,
  options: GradeOptions,
  say: (step: string) => void = () => {},
): Promise<Verified> {
  const problems: string[] = []
  const student = release(assignment)
  if (/(BEGIN|END) (SOLUTION|HIDDEN TESTS)/.test(JSON.stringify(student)))
    problems.push('the student version still holds marks of solutions or hidden tests')

  say('source in one process')
  const slowest = await checkSource(structuredClone(assignment.notebook), options, problems)
  say('solution')
  await checkSolution(assignment, options, problems)
  say('student version')
  await checkStudent(assignment, student, options, problems)
  return { problems, slowest }
}

async function checkSource(
  notebook: Notebook,
  { folder, timeout }: GradeOptions,
  problems: string[],
): Promise<Verified['slowest']> {
  const runs = await runNotebook(notebook, { cwd: folder, timeout, keepGoing: true })
  let slowest = { id: '', seconds: 0 }
  for (const { cell, error, seconds } of runs) {
    const id = markOf(cell).id || cell.id || 'a cell without id'
    if (seconds > slowest.seconds) slowest = { id, seconds }
    if (error) problems.push(`source: '${id}' fails: ${error.ename}: ${error.evalue}`)
    const isTests = markOf(cell).role === 'tests'
    if (
      isTests &&
      cell.outputs.some((one) => one.output_type === 'stream' && one.name === 'stderr')
    )
      problems.push(`source: '${id}' writes to stderr, for which nbgrader takes all points away`)
  }
  return slowest
}

async function checkSolution(
  assignment: Assignment,
  options: GradeOptions,
  problems: string[],
): Promise<void> {
  const { cells } = await grade(assignment, assignment.notebook, options)
  for (const { id, points, score, message } of cells)
    if (score !== null && score < points)
      problems.push(`solution: '${id}' has ${score} of ${points} points: ${message}`)
}

async function checkStudent(
  assignment: Assignment,
  student: Notebook,
  options: GradeOptions,
  problems: string[],
): Promise<void> {
  const { cells, steps } = await grade(assignment, student, options)
  for (const { id, score } of cells)
    if (score !== 0)
      problems.push(`student version: '${id}' has ${score} points without being solved`)
  for (const step of steps) {
    if (step.kind !== 'tests') continue
    const errors = step.cell.outputs.filter((output) => output.output_type === 'error')
    const [first] = errors
    if (errors.length !== 1)
      problems.push(`student version: '${step.entry.id}' fails ${errors.length} times, not once`)
    else if (!/Not implemented|is not defined/.test(first!.evalue))
      problems.push(
        `student version: '${step.entry.id}' fails for another reason: ${first!.evalue}`,
      )
  }
  const locked = steps.filter(
    (step) => step.kind === 'submitted' && markOf(step.cell).role === 'locked',
  )
  for (const { cell } of locked)
    if (cell?.cell_type === 'code' && cell.outputs.some((one) => one.output_type === 'error'))
      problems.push(
        `student version: the locked cell '${markOf(cell).id}' fails where it is confined`,
      )
}
