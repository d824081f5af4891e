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
  for (const [start, line] of linesOf(source)) {
    const [found, indent = '', sign, name = '', question, rest = '', command] =
      LINE.exec(line) ?? []
    const isHead: boolean = inHead && sign === '%%' && indent === ''
    inHead &&= isHead || /^\s*(\/\/.*)?$/.test(line)
    if (found === undefined) continue

    const at = start + indent.length
    const magic = findMagic(name)
    const mustBe =
      command === undefined ? indent === '' && sign === '%' && !!magic : commands.has(at)
    const before = cell.typescript.slice(0, at)
    if (!isHead && !isMagic(before, line.slice(indent.length), mustBe)) continue

    const end = start + line.length
    const use: MagicUse = {
      kind: command !== undefined ? 'command' : question ? 'help' : sign === '%%' ? 'cell' : 'line',
      magic,
      text: (command ?? rest).trim(),
      start: at,
      end,
      nameEnd: at + (sign?.length ?? 1) + name.length,
    }
    if (use.kind === 'line' && magic?.code) {
      const options = (magic.options?.exec(rest.trimStart()) ?? [''])[0]
      use.text = options.trim()
      use.code = end - rest.trimStart().length + options.length
    }
    cell.uses.push(use)
    blank(cell, at, use.code ?? end)
    const message =
      sign && !magic ? unknownMagic(sign, name) : problemOf(use, { before, source, isHead })
    if (message) cell.problem ??= { message, start: at }
    if (use.kind === 'cell' && isHead && magic?.body === 'text') {
      cell.body = source.slice(end).replace(/^\r?\n/, '')
      blank(cell, end, source.length)
      break
    }
  }
  return cell
}

/** The lines `!ls -l`, which are for the shell unless there is a variable of that name; lines count from 1. */
export function possibleCommands(source: string): { start: number; line: number; name: string }[] {
  return [...linesOf(source)].flatMap(([start, text], i) => {
    const [, indent, name] = /^([ \t]*)!([\w$]+)/.exec(text) ?? []
    return indent === undefined || !name
      ? []
      : [{ start: start + indent.length, line: i + 1, name }]
  })
}

/** What the front-end's reader is told of a magic that is used wrongly. */
export function usage(magic: Magic, message: string): string {
  return `${message[0]!.toUpperCase()}${message.slice(1).replace(/(?<![.?])$/, '.')}\n${help(magic)}`
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

/** What is wrong with a use of a magic that exists. */
function problemOf(
  { kind, magic, text, code, end }: MagicUse,
  { before, source, isHead }: { before: string; source: string; isHead: boolean },
): string | undefined {
  if (!magic || kind === 'help') return undefined
  const { name } = magic
  if (kind === 'cell' && !isHead) return `%%${name} must stand on the first line of its cell`
  if (kind === 'line' && magic.kind === 'cell')
    return `%${name} is a magic for a whole cell: write %%${name} on the first line`
  if (kind === 'cell' && magic.kind === 'line')
    return `%%${name} is a magic for a line: write %${name}`
  if (code !== undefined && !source.slice(code, end).trim())
    return usage(magic, 'the code is missing')
  if (magic.leads && hasStatements(before)) return `%${name} must stand before any code`
  try {
    magic.check(text)
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return usage(magic, error.message)
    throw error
  }
}

function hasStatements(text: string): boolean {
  return !read(text).file.statements.every(ts.isEmptyStatement)
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
