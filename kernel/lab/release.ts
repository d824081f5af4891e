/** From an assignment's source to what students get, and the checksums by which nbgrader knows its cells. */
import { createHash } from 'node:crypto'
import type { Cell, Notebook } from '../notebook/format.js'
import { isObject } from '../notebook/format.js'
import { MARKS, markOf, regionsOf, type Assignment, type AssignmentCell } from './assignment.js'

/** What stands in place of a solution; nbgrader_config.py says the same. */
export const STUB = {
  code: "// YOUR CODE HERE\nthrow new Error('Not implemented')",
  text: 'YOUR ANSWER HERE',
}

/**
 * The student's version: solutions replaced by stubs, hidden tests removed, outputs cleared, cells that are not the
 * student's locked.
 *
 * @example await writeNotebook('release/saliency.ipynb', release(readAssignment(source, 'saliency')))
 */
export function release({ notebook, cells }: Assignment): Notebook {
  const metadata = { ...notebook.metadata }
  delete metadata.celltoolbar
  return { ...notebook, metadata, cells: cells.map(releaseCell) }
}

function releaseCell({ cell, role }: AssignmentCell): Cell {
  const isStudents = role === 'solution' || role === 'manual'
  const source = isStudents ? withStubs(cell) : withoutHiddenTests(cell.source)
  const { nbgrader } = cell.metadata
  const released: Cell = {
    ...cell,
    source,
    metadata: {
      ...cell.metadata,
      ...(role !== 'plain' && { deletable: false }),
      ...(!isStudents && role !== 'plain' && { editable: false }),
    },
    ...(cell.cell_type === 'code' && { outputs: [], execution_count: null }),
  }
  if (isObject(nbgrader)) released.metadata.nbgrader = { ...nbgrader, checksum: checksum(released) }
  return released
}

/** The hidden tests' lines are taken away, with their marks. */
export function withoutHiddenTests(source: string): string {
  const regions = regionsOf(source, MARKS.hidden)
  const isHidden = (line: number) => regions.some(({ begin, end }) => line >= begin && line <= end)
  return source
    .split('\n')
    .filter((_, i) => !isHidden(i))
    .join('\n')
    .trimEnd()
}

/** Each solution between marks becomes a stub, as far in as its mark; without marks the whole cell does. */
function withStubs({ source, cell_type: type }: Cell): string {
  const stub = (type === 'code' ? STUB.code : STUB.text).split('\n')
  const regions = regionsOf(source, MARKS.solution)
  if (regions.length === 0) return stub.join('\n')
  return source
    .split('\n')
    .flatMap((line, i) => {
      const region = regions.find(({ begin, end }) => i >= begin && i <= end)
      if (!region) return [line]
      const indent = /^\s*/.exec(line)![0]
      return i === region.begin ? stub.map((text) => indent + text) : []
    })
    .join('\n')
}

/** nbgrader's, of schema version 3. */
export function checksum(cell: Cell): string {
  const { role, id, points } = markOf(cell)
  const isGrade = role === 'tests' || role === 'manual'
  const isSolution = role === 'solution' || role === 'manual'
  const isLocked = role === 'tests' || role === 'locked'
  const hash = createHash('md5')
  for (const part of [
    cell.source,
    cell.cell_type,
    ...[isGrade, isSolution, isLocked].map((is) => (is ? 'True' : 'False')),
    id,
    ...(isGrade ? [pythonFloat(points)] : []),
  ])
    hash.update(part)
  return hash.digest('hex')
}

function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
