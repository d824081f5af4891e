/** The cells of a new notebook. */
import type { Cell, Notebook } from '../notebook/format.js'
import type { JsonObject } from '../protocol.js'

export const text = (id: string, source: string): Cell => ({
  cell_type: 'markdown',
  id,
  metadata: {},
  source,
})

export const code = (id: string, source: string): Cell => ({
  cell_type: 'code',
  id,
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
})

export function newNotebook(cells: Cell[]): Notebook {
  const kernelspec = { display_name: 'Fovea (TypeScript)', language: 'typescript', name: 'fovea' }
  const language: JsonObject = {
    file_extension: '.ts',
    mimetype: 'text/typescript',
    name: 'typescript',
  }
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec, language_info: language },
    cells,
  }
}
