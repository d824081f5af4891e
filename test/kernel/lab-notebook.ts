/** Small labs for tests, in nbgrader's conventions. */
import type { Cell, CodeCell, Notebook } from '../../kernel/notebook/format.js'
import type { JsonObject } from '../../kernel/protocol.js'

export const solution = (id: string, source: string): CodeCell =>
  code(source, { grade_id: id, grade: false, solution: true, locked: false })

export const locked = (id: string, source: string): CodeCell =>
  code(source, { grade_id: id, grade: false, solution: false, locked: true })

export const tests = (id: string, points: number, source: string): CodeCell =>
  code(source, { grade_id: id, grade: true, solution: false, locked: true, points })

export const manual = (id: string, points: number, source: string): Cell => ({
  cell_type: 'markdown',
  id,
  metadata: { nbgrader: { grade_id: id, grade: true, solution: true, locked: false, points } },
  source,
})

/** Code that no metadata says anything of. */
export const plain = (source: string): CodeCell => code(source)

function code(source: string, nbgrader?: JsonObject & { grade_id: string }): CodeCell {
  const id = nbgrader && { id: nbgrader.grade_id }
  const mark = nbgrader && { nbgrader: { ...nbgrader, task: false, schema_version: 3 } }
  return {
    cell_type: 'code',
    ...id,
    metadata: { ...mark },
    source,
    outputs: [],
    execution_count: null,
  }
}

export function notebook(...cells: Cell[]): Notebook {
  const kernelspec = { name: 'fovea', display_name: 'Fovea', language: 'typescript' }
  return { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells }
}

/** With the sources of some cells replaced, by their ids: a submission. */
export function submit(lab: Notebook, answers: Record<string, string>): Notebook {
  const submission = structuredClone(lab)
  for (const cell of submission.cells)
    if (cell.id !== undefined && answers[cell.id] !== undefined) cell.source = answers[cell.id]!
  return submission
}
