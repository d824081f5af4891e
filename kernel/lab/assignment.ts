/** An assignment: one notebook with solutions and hidden tests, in nbgrader's conventions. */
import type { Cell, CodeCell, Notebook } from '../notebook/format.js'
import { isObject } from '../notebook/format.js'

/**
 * What a cell is for, in nbgrader's words: `solution` is the student's, `tests` are graded automatically,
 * `manual` is the student's and graded by a person, `locked` is for reading and running only, `plain` all else.
 */
export type Role = 'solution' | 'tests' | 'manual' | 'locked' | 'plain'

/** A cell that nbgrader's metadata says something of. */
export interface Marked {
  role: Role
  /** nbgrader's `grade_id`. */
  id: string
  /** How many the cell is worth; 0 where it is not graded. */
  points: number
}

export interface AssignmentCell extends Marked {
  cell: Cell
}

export interface Assignment {
  notebook: Notebook
  /** All cells, in order; plain ones have the id ''. */
  cells: AssignmentCell[]
}

/** The notebook is not an assignment that can be released and graded; the message says where and why. */
export class AssignmentError extends Error {
  override readonly name = 'AssignmentError'
}

export const MARKS = {
  solution: ['BEGIN SOLUTION', 'END SOLUTION'],
  hidden: ['BEGIN HIDDEN TESTS', 'END HIDDEN TESTS'],
} as const

/** What nbgrader's metadata says of a cell, whatever else is in it; plain where there is none. */
export function markOf({ metadata: { nbgrader: mark } }: Cell): Marked {
  if (!isObject(mark)) return { role: 'plain', id: '', points: 0 }
  const { grade, solution, locked, grade_id: id, points } = mark
  const role =
    grade === true && solution === true
      ? 'manual'
      : grade === true
        ? 'tests'
        : solution === true
          ? 'solution'
          : locked === true
            ? 'locked'
            : 'plain'
  const isGraded = role === 'manual' || role === 'tests'
  return {
    role,
    id: typeof id === 'string' ? id : '',
    points: isGraded && typeof points === 'number' ? points : 0,
  }
}

/**
 * Reads an assignment's source.
 *
 * @throws AssignmentError where nbgrader's conventions are broken: an id that is missing or there twice, a graded
 *   cell without points, marks without their counterpart or in the wrong kind of cell, a notebook without language.
 */
export function readAssignment(notebook: Notebook, name: string): Assignment {
  const fail = (reason: string) => new AssignmentError(`${name}: ${reason}`)
  const { kernelspec } = notebook.metadata
  if (!isObject(kernelspec) || typeof kernelspec.language !== 'string')
    throw fail(
      "the metadata's kernelspec has no 'language', without which nbgrader refuses the notebook",
    )
  const seen = new Set<string>()
  const cells = notebook.cells.map((cell, i) => {
    const mark = markOf(cell)
    const where = `cell ${i + 1}${mark.id && ` ('${mark.id}')`}`
    checkMark(cell, mark, (reason) => fail(`${where} ${reason}`))
    if (mark.id && seen.has(mark.id))
      throw fail(`two cells have the grade_id '${mark.id}'; each needs one of its own`)
    seen.add(mark.id)
    return { ...mark, cell }
  })
  if (!cells.some(({ role }) => role === 'tests' || role === 'manual'))
    throw fail(
      "it has no graded cell: one whose metadata has nbgrader: { grade: true, grade_id: '…', points: 1, … }",
    )
  return { notebook, cells }
}

function checkMark(cell: Cell, { role, id }: Marked, fail: (reason: string) => Error): void {
  const { nbgrader: mark } = cell.metadata
  const inSolution = regionsOf(cell.source, MARKS.solution, fail)
  const inHidden = regionsOf(cell.source, MARKS.hidden, fail)
  if (inSolution.length > 0 && role !== 'solution' && role !== 'manual')
    throw fail(`holds a solution, but its metadata does not say 'solution': true`)
  if (inHidden.length > 0 && role !== 'tests')
    throw fail(`holds hidden tests, but its metadata does not say 'grade': true, 'solution': false`)
  if (!isObject(mark) || role === 'plain') return
  if (id === '') throw fail(`has no grade_id`)
  if (role === 'tests' && cell.cell_type !== 'code') throw fail('holds tests, but is no code')
  const { points } = mark
  if (mark.grade === true && !(typeof points === 'number' && points >= 0))
    throw fail(`is graded, but has no number of points`)
}

/** Lines from one mark to the other, both included, counted from 0. */
export interface Region {
  begin: number
  end: number
}

/** Marks count wherever they stand in a line, as for nbgrader. */
export function regionsOf(
  source: string,
  [begin, end]: readonly [string, string],
  fail: (reason: string) => Error = (reason) => new AssignmentError(`the cell ${reason}`),
): Region[] {
  const regions: Region[] = []
  let open: number | undefined
  source.split('\n').forEach((line, i) => {
    if (line.includes(begin)) {
      if (open !== undefined) throw fail(`has two '${begin}' without an '${end}' between them`)
      open = i
    } else if (line.includes(end)) {
      if (open === undefined) throw fail(`has an '${end}' without a '${begin}'`)
      regions.push({ begin: open, end: i })
      open = undefined
    }
  })
  if (open !== undefined) throw fail(`has a '${begin}' without an '${end}'`)
  return regions
}

/** The cells of code, which can be run. */
export function isCode(entry: AssignmentCell): entry is AssignmentCell & { cell: CodeCell } {
  return entry.cell.cell_type === 'code'
}
