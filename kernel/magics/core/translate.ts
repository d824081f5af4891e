/** From a cell with magics to TypeScript that calls them; its lines stay where they are. */
import type { Place } from '../../language.js'
import ts from '../../typescript.cjs'
import { MAGICS, type WrappingMagic } from '../../runner/messages.js'
import type { CellWithMagics, MagicUse } from './parse.js'

export interface Translation {
  code: string
  /** The place in the cell for one in the code. */
  place: (at: Place) => Place
  /** The magics around the cell, the outermost first. */
  wrapping: WrappingMagic[]
}

/** A piece of a line that is the cell's own; columns count from 0. */
interface Kept {
  from: number
  to: number
  length: number
}

interface Line {
  text: string
  kept: Kept[]
  /** Where the magic stands, which the rest of the line is about. */
  column: number
}

/** `Reflect.get` is of type `any`; a statement that begins with a name never continues the one before it. */
const calls = `Reflect.get(globalThis, Symbol.for(${JSON.stringify(MAGICS)}))`

export function translate(cell: CellWithMagics): Translation {
  const { source, uses, body } = cell
  const lines = source.split('\n')
  const changed = new Map<number, Line>()
  const wrapping: WrappingMagic[] = []
  for (const use of uses) {
    const { line, column } = placeOf(source, use.start)
    const { kind, magic, text } = use
    const writer = new LineWriter(column)
    const wraps = (kind === 'cell' && magic?.body !== 'text') || (kind === 'line' && magic?.leads)
    if (wraps) wrapping.push({ name: magic!.name, text })
    else writeCall(writer, use, cell)
    changed.set(line, writer.line())
  }
  const code = lines.map((text, i) => {
    const line = changed.get(i)
    return line ? text.slice(0, line.column) + line.text : text
  })
  if (body !== undefined) code.length = placeOf(source, uses.at(-1)!.start).line + 1
  return { code: code.join('\n'), place: (at) => original(changed.get(at.line - 1), at), wrapping }
}

/** In lines and columns that count from 0. */
function placeOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split('\n')
  return { line: before.length - 1, column: before.at(-1)!.length }
}

function original(changed: Line | undefined, at: Place): Place {
  if (!changed) return at
  const column = at.column - 1
  const kept = changed.kept.find(({ from, length }) => column >= from && column <= from + length)
  return { line: at.line, column: 1 + (kept ? column - kept.from + kept.to : changed.column) }
}

class LineWriter {
  private text = ''
  private readonly kept: Kept[] = []
  constructor(private readonly column: number) {}

  write(text: string): this {
    this.text += text
    return this
  }

  /** @param to the column in the cell where this text stands. */
  keep(text: string, to: number): this {
    this.kept.push({ from: this.column + this.text.length, to, length: text.length })
    return this.write(text)
  }

  line(): Line {
    return { text: this.text, kept: this.kept, column: this.column }
  }
}

function writeCall(line: LineWriter, use: MagicUse, cell: CellWithMagics): void {
  const { body = '' } = cell
  const call = (name: string, ...values: string[]) =>
    `${calls}.${name}(${values.map((value) => JSON.stringify(value)).join(', ')})`
  const { kind, magic, text, code } = use
  const name = magic?.name ?? ''
  if (kind === 'command') line.write(`await ${call('command', text)};`)
  else if (kind === 'help') line.write(`${call('help', name)};`)
  else if (kind === 'cell') line.write(`await ${call('cell', name, text, body)};`)
  else if (code === undefined) {
    // Most return no promise, so that they can also stand in functions that do not await.
    line.write(`${call('line', name, text)};`)
  } else writeCode(line, use, cell, code)
}

/** Of a magic that is about the TypeScript behind it. */
function writeCode(line: LineWriter, use: MagicUse, cell: CellWithMagics, code: number): void {
  const { magic, text, start, end } = use
  const { source, typescript } = cell
  const column = placeOf(source, start).column + (code - start)
  const given = source.slice(code, end)
  const last = ts.createSourceFile('', given, ts.ScriptTarget.Latest).statements.at(-1)
  const value = last && ts.isExpressionStatement(last) ? last.expression : undefined
  const finish = last?.end ?? 0 // what follows is a comment
  const [from, to] = value ? [value.pos, value.end] : [finish, finish]
  const keep = (begin: number, end: number) => line.keep(given.slice(begin, end), column + begin)
  const values = [magic!.name, text].map((one) => JSON.stringify(one)).join(', ')
  if (magic!.code === 'repeatedly') {
    const asynchronous = /\bawait\b/.test(given) ? 'async ' : ''
    line.write(`await ${calls}.repeat(${values}, ${asynchronous}() => { `)
    keep(0, from)
    if (value) {
      line.write('return (')
      keep(from, to)
      line.write(')')
    }
    line.write(' });')
    return
  }
  line.write(`${calls}.begin(${values}); `)
  keep(0, from)
  if (!value) {
    line.write(`; ${calls}.end();`)
    return
  }
  line.write(`${calls}.end(${mayAwait(typescript, code) ? 'await ' : ''}(`)
  keep(from, to)
  line.write('));')
}

/** Not so in a function that is not asynchronous. */
function mayAwait(typescript: string, offset: number): boolean {
  let may = true
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || node.end <= offset) return
    if (ts.isFunctionLike(node)) {
      const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined
      may = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('', typescript, ts.ScriptTarget.Latest))
  return may
}
