/** Completions of magics: their names, and what stands behind these. */
import type { Completion, Completions } from '../../language.js'
import type { NamesRequest } from '../../runner/messages.js'
import { magics } from '../registry.js'
import { signs } from './describe.js'
import { words } from './magic.js'
import { mayBeginStatement, type CellWithMagics } from './parse.js'

type AskForNames = (request: NamesRequest) => Promise<string[]>

/** @returns undefined where the cursor is in TypeScript. */
export async function completeMagic(
  cell: CellWithMagics,
  position: number,
  askForNames: AskForNames,
): Promise<Completions | undefined> {
  const { source, uses, body } = cell
  const lineStart = source.lastIndexOf('\n', position - 1) + 1
  const [, indent = '', sign] = /^([ \t]*)(%%?)\w*$/.exec(source.slice(lineStart, position)) ?? []
  const start = lineStart + indent.length
  const use = uses.find((one) => one.start <= position && position <= one.end)
  // An indented `%name` behind an expression is TypeScript.
  const isName =
    sign !== undefined &&
    (use ? use.start === start : body === undefined && indent === '') &&
    mayBeginStatement(cell.typescript.slice(0, start))
  if (isName) {
    const isFirst = /^[\s;]*$/.test(cell.typescript.slice(0, start))
    const typed = source.slice(start, position)
    const known = magics.flatMap(signs).filter((name) => isFirst || !name.startsWith('%%'))
    const names = known.filter((name) => name.startsWith(typed) || name.startsWith(`%${typed}`))
    const matches = { start, end: position, completions: asCompletions(names, 'magic') }
    if (use || matches.completions.length > 0) return matches
  }
  if (use && (use.code === undefined || position < use.code)) {
    const typed = source.slice(use.nameEnd, position)
    const last = /\S*$/.exec(typed)![0]
    const { suggest = () => [] } = use.magic ?? {}
    const before = words(typed.slice(0, typed.length - last.length))
    return suggest === 'paths'
      ? paths(last, position, askForNames)
      : found(suggest(before), 'value', last, position - last.length, position)
  }
  // The text of a cell magic is nobody's business.
  return body !== undefined ? { start: position, end: position, completions: [] } : undefined
}

async function paths(typed: string, end: number, ask: AskForNames): Promise<Completions> {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const name = typed.slice(folder.length)
  const files = await ask({ path: folder ? [folder] : [], of: 'files' })
  const visible = files.filter((file) => name.startsWith('.') || !file.startsWith('.')).sort()
  return found(visible, 'path', name, end - name.length, end)
}

function found(
  all: readonly string[],
  kind: string,
  typed: string,
  start: number,
  end: number,
): Completions {
  const matching = all.filter((text) => text.startsWith(typed))
  return { start, end, completions: asCompletions(matching, kind) }
}

function asCompletions(texts: readonly string[], kind: string): Completion[] {
  return texts.map((text) => ({ text, kind }))
}
