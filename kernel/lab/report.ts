/** The scores of a class: one JSON file with everything, one CSV file for a table of marks. */
import type { CellScore, Grade } from './grade.js'

/** What came of one submission. */
export interface Graded {
  student: string
  lab: string
  /** The submission's file. */
  path: string
  /** None where it could not be graded at all. */
  grade?: Grade
  /** Why it could not. */
  problem?: string
  /** What it could have been worth, all cells together. */
  points: number
}

/** With all messages, those of hidden tests included: it is for the teacher. */
export function scoresAsJson(graded: readonly Graded[]): string {
  const entries = graded.map(({ student, lab, path, grade, problem, points }) => ({
    student,
    lab,
    submission: path,
    score: grade?.score ?? 0,
    toGrade: grade?.toGrade ?? 0,
    points,
    ...(problem !== undefined && { problem }),
    cells: (grade?.cells ?? []).map(cellAsJson),
  }))
  return `${JSON.stringify(entries, null, 2)}\n`
}

function cellAsJson({ id, points, score, message, hidden, seconds }: CellScore): object {
  return {
    grade_id: id,
    points,
    score,
    ...(message !== undefined && { message, hidden: hidden === true }),
    seconds: Number(seconds.toFixed(2)),
  }
}

/** A line for each graded cell, and one with the empty `grade_id` for each submission's sum. */
export function scoresAsCsv(graded: readonly Graded[]): string {
  const head = ['student', 'lab', 'grade_id', 'score', 'points', 'note']
  const lines = graded.flatMap(({ student, lab, grade, problem, points }) => [
    ...(grade?.cells ?? []).map((cell) => [
      student,
      lab,
      cell.id,
      cell.score ?? '',
      cell.points,
      cell.score === null ? 'to be graded by hand' : (cell.message?.split('\n')[0] ?? ''),
    ]),
    [student, lab, '', grade?.score ?? 0, points, problem ?? ''],
  ])
  return [head, ...lines].map((line) => line.map(field).join(',') + '\r\n').join('')
}

/** As RFC 4180 has it; what a table would take for a formula is made a text. */
function field(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
