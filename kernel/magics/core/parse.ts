/** Finds the magics of a cell, and nothing that is TypeScript. */
import ts from '../../typescript.cjs'
import { findMagic, nearestMagic } from '../registry.js'
import { help } from './describe.js'
import { UsageError, type Magic } from './magic.js'

/** A magic where it is used. All offsets are those of the cell. */
export interface MagicUse {
  /** `command` is a line `!…` for the shell, `help` a line `%name?`. */
  kind: 'line' | 'cell' | 'help' | 'command'
  /** Undefined for commands. */
  magic?: Magic
  /** What stands behind the name; of a magic that takes code, the options before that. */
  text: string
  /** Of the `%`, and the end of its line. */
  start: number
  end: number
  /** The end of its name. */
  nameEnd: number
  /** Where the TypeScript begins, of a magic that takes some. */
  code?: number
}

export interface MagicProblem {
  message: string
  /** Where in the cell. */
  start: number
}

export interface CellWithMagics {
  source: string
  /** The cell without its magics; all that is left keeps its place. */
  typescript: string
  /** In their order. */
  uses: MagicUse[]
  /** What stands below a cell magic that is not about TypeScript. */
  body?: string
  /** The first thing that is wrong. */
  problem?: MagicProblem
}

const MAY_HAVE_MAGICS = /^[ \t]*[%!]/m
const LINE = /^([ \t]*)(?:(%%?)([A-Za-z_]\w*)(\?(?=\s*$))?(?![\w.([])(.*)|!(\S.*))$/

/**
 * A line is a magic where a statement may begin, and where it cannot be read as TypeScript or begins, in the
 * first column, with the name of a magic: so `% rest`, an indented `%rest`, templates and comments are none.
 *
 * @param commands starts of lines `!…` that are for the shell though they might be TypeScript: `!ls -l`.
 */
export function parseCell(
  source: string,
  commands: ReadonlySet<number> = new Set(),
): CellWithMagics {
  const cell: CellWithMagics = { source, typescript: source, uses: [] }
  if (!MAY_HAVE_MAGICS.test(source)) return cell
  let inHead = true
  for (const [start, text] of linesOf(source)) {
    if (cell.body !== undefined) break
    const [, indent = '', sign, name = '', question, rest = '', command] = LINE.exec(text) ?? []
    const isBlank = /^\s*(\/\/.*)?$/.test(text)
    const isHead: boolean = inHead && sign === '%%' && indent === ''
    inHead &&= isBlank || isHead
    if (sign === undefined && command === undefined) continue
    const at = start + indent.length
    const known = findMagic(name)
    const mustBe =
      isHead ||
      (command !== undefined && commands.has(at)) ||
      (indent === '' && sign === '%' && known !== undefined)
    if (!isHead && !isMagic(cell.typescript.slice(0, at), text.slice(indent.length), mustBe))
      continue

    const end = start + text.length
    const complain = (message: string) => (cell.problem ??= { message, start: at })
    const use: MagicUse = {
      kind: command !== undefined ? 'command' : sign === '%%' ? 'cell' : 'line',
      magic: known,
      text: (command ?? rest).trim(),
      start: at,
      end,
      nameEnd: at + (sign?.length ?? 1) + name.length,
    }
    const takesCode = known?.code && use.kind === 'line'
    if (question) use.kind = 'help'
    else if (takesCode) {
      const options = (known.options?.exec(rest.trimStart()) ?? [''])[0]
      use.text = options.trim()
      use.code = end - rest.trimStart().length + options.length
    }
    cell.uses.push(use)
    blank(cell, at, use.code ?? end)
    if (sign && !known) complain(unknownMagic(sign, name))
    if (use.kind === 'cell' && !isHead)
      complain(`%%${name} must stand on the first line of its cell`)
    if (!known || question) continue
    if (takesCode && !source.slice(use.code, end).trim())
      complain(usage(known, 'the code is missing'))
    const wrong = misuse(use, known) ?? (known.leads ? late(cell, at, known) : undefined)
    if (wrong) complain(wrong)
    if (use.kind === 'cell' && known.body === 'text' && isHead) {
      cell.body = source.slice(end).replace(/^\r?\n/, '')
      blank(cell, end, source.length)
    }
  }
  return cell
}

/** What the front-end's reader is told of a magic that is used wrongly. */
export function usage(magic: Magic, message: string): string {
  return `${message[0]!.toUpperCase()}${message.slice(1)}.\n${help(magic)}`
}

function unknownMagic(sign: string, name: string): string {
  const near = nearestMagic(name)
  const hint = near ? ` Did you mean ${signOf(near, sign)}${near}?` : ''
  return `There is no magic ${sign}${name}.${hint} %lsmagic lists them.`
}

function signOf(name: string, sign: string): string {
  const { kind = 'both' } = findMagic(name) ?? {}
  return kind === 'both' ? sign : kind === 'cell' ? '%%' : '%'
}

function misuse({ kind, text }: MagicUse, magic: Magic): string | undefined {
  const { name } = magic
  if (kind === 'line' && magic.kind === 'cell')
    return `%${name} is a magic for a whole cell: write %%${name} on the first line`
  if (kind === 'cell' && magic.kind === 'line')
    return `%%${name} is a magic for a line: write %${name}`
  try {
    magic.check(text)
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return usage(magic, error.message)
    throw error
  }
}

function late(cell: CellWithMagics, at: number, { name }: Magic): string | undefined {
  const before = ts.createSourceFile('', cell.typescript.slice(0, at), ts.ScriptTarget.Latest)
  const hasCode = before.statements.some((statement) => !ts.isEmptyStatement(statement))
  return hasCode ? `%${name} must stand before any code` : undefined
}

function* linesOf(source: string): Generator<[start: number, text: string]> {
  let start = 0
  for (const text of source.split('\n')) {
    yield [start, text.replace(/\r$/, '')]
    start += text.length + 1
  }
}

/** An empty statement, and spaces: what follows keeps its place. */
function blank(cell: CellWithMagics, start: number, end: number): void {
  const { typescript } = cell
  const gone = typescript
    .slice(start, end)
    .replace(/[^\r\n]/g, ' ')
    .replace(/^ /, ';')
  cell.typescript = typescript.slice(0, start) + gone + typescript.slice(end)
}

/** @param mustBe whether it is one wherever a statement may begin. */
function isMagic(before: string, line: string, mustBe: boolean): boolean {
  return mayBeginStatement(before) && (mustBe || hasError(before + line, before.length))
}

/** Whether a statement may begin behind this text; not so in templates, comments, brackets, expressions. */
export function mayBeginStatement(before: string): boolean {
  const text = `${before}debugger`
  const { file, errors } = read(text)
  if (errors.some((start) => start >= before.length && start < text.length)) return false
  const find = (node: ts.Node): boolean =>
    node.pos <= before.length &&
    node.end >= text.length &&
    ((ts.isDebuggerStatement(node) && node.getStart(file) === before.length) ||
      (ts.forEachChild(node, (child) => find(child) || undefined) ?? false))
  return find(file)
}

function hasError(text: string, from: number): boolean {
  return read(text).errors.some((start) => start >= from && start < text.length)
}

/** @returns where the syntax errors are, which TypeScript's declarations keep to themselves. */
function read(text: string): { file: ts.SourceFile; errors: number[] } {
  const file = ts.createSourceFile('cell.ts', text, ts.ScriptTarget.Latest)
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: ts.DiagnosticWithLocation[] }
  return { file, errors: parseDiagnostics.map(({ start }) => start) }
}
