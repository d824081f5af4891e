/** In which order what of a submission runs, and what of the source: a submission cannot move, drop or change tests. */
import type { Cell, CodeCell } from '../notebook/format.js'
import { markOf, type Assignment, type AssignmentCell } from './assignment.js'

/** A cell on its way through the grader, with what stands in the source. */
export type Step =
  /** Of the submission, or, where it is locked, the source's in its place. */
  | { kind: 'submitted'; cell: Cell }
  /** Of the source alone. */
  | { kind: 'tests'; cell: CodeCell; entry: AssignmentCell }
  /** Graded by a person; `cell` is none where the submission has lost it. */
  | { kind: 'manual'; cell: Cell | undefined; entry: AssignmentCell }

/**
 * The submission's cells run in its own order. Cells that are locked have the source's text, and stand once, where the
 * submission first has them. What it has lost of them, and all tests, stand behind everything that the source has before
 * them, where the submission has its version of them if that is there, or behind what the student has added.
 */
export function planOf({ cells: source }: Assignment, submitted: readonly Cell[]): Step[] {
  const places = new Map(source.map(({ id }, i) => [id, i]))
  places.delete('')
  const own = submitted
    .map((cell, index) => ({ cell, index, place: places.get(markOf(cell).id) }))
    .filter(({ place }) => place === undefined || source[place]!.role !== 'tests')
    .filter(({ place }, i, all) => {
      const isLocked = place !== undefined && source[place]!.role === 'locked'
      return !isLocked || all.findIndex((other) => other.place === place) === i
    })

  /** How many of its own cells the submission has before its version of the tests, which is where they are read. */
  const ownBefore = (id: string): number => {
    const at = submitted.findIndex((cell) => markOf(cell).id === id)
    return own.filter(({ index }) => index < at).length
  }

  const steps: Step[] = []
  let taken = 0
  const take = (end: number): void => {
    for (; taken < end; taken++) steps.push(stepOf(own[taken]!, source))
  }
  source.forEach((entry, place) => {
    const isThere = own.some((one) => one.place === place)
    if (isThere || entry.role === 'plain' || entry.role === 'solution') return
    const last = own.findLastIndex((one) => one.place !== undefined && one.place < place)
    const found = own.findIndex((one, i) => i > last && one.place !== undefined)
    const next = found < 0 ? own.length : found
    const before = ownBefore(entry.id)
    take(before > last && before < next ? before : next)
    steps.push(missing(entry))
  })
  take(own.length)
  return steps
}

function stepOf(
  { cell, place }: { cell: Cell; place: number | undefined },
  source: readonly AssignmentCell[],
): Step {
  const entry = place === undefined ? undefined : source[place]
  if (entry?.role === 'locked') return { kind: 'submitted', cell: structuredClone(entry.cell) }
  const own = structuredClone(cell)
  return entry?.role === 'manual'
    ? { kind: 'manual', cell: own, entry }
    : { kind: 'submitted', cell: own }
}

/** What comes from the source alone. */
function missing(entry: AssignmentCell): Step {
  const cell = structuredClone(entry.cell)
  if (entry.role === 'manual') return { kind: 'manual', cell: undefined, entry }
  return entry.role === 'tests' && cell.cell_type === 'code'
    ? { kind: 'tests', cell, entry }
    : { kind: 'submitted', cell }
}
