/**
 * Parameters of a notebook, after papermill: the cell tagged `parameters` holds their defaults, and a
 * cell behind it, tagged `injected-parameters`, gives them other values for one run.
 * https://papermill.readthedocs.io/en/latest/usage-parameterize.html
 */
import vm from 'node:vm'
import ts from 'typescript'
import type { Json } from '../protocol.js'
import { cellTags, type CodeCell, type Notebook } from './format.js'

/** A value, and how it was written where it comes from a command line. */
export interface Parameter {
  value: Json
  /** What stands for the value where the notebook declares a text: `7` is then '7'. Default: nothing. */
  text?: string
}

/** A parameter cannot be given; the message says why. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
}

/**
 * Reads a value as it is written on a command line: as JSON where it is that, else as a text.
 *
 * @example parseParameter('[1, 2]').value // [1, 2]
 * @example parseParameter('wolf').value   // 'wolf'
 */
export function parseParameter(text: string): Parameter {
  try {
    const value = JSON.parse(text) as Json
    // An identifier of twenty digits is no number that could be kept.
    const isExact = !/^-?\d+$/.test(text.trim()) || Number.isSafeInteger(value)
    return { value: isExact ? value : text, text }
  } catch {
    return { value: text, text }
  }
}

/**
 * Puts a cell with these values behind the one tagged `parameters` (or first, where none is), in
 * place of such a cell of an earlier run. A `let` of the parameters cell is assigned and so keeps its
 * type, a `const` is declared again, with its type, and the cells after it are checked against both.
 *
 * @returns warnings: of names that the parameters cell does not declare.
 * @throws ParameterError for a name that no variable can have, and for a value of another type than
 * the default's.
 */
export function injectParameters(
  notebook: Notebook,
  parameters: Record<string, Parameter>,
): { warnings: string[] } {
  const names = Object.keys(parameters)
  for (const name of names) checkName(name)
  const isInjected = (cell: CodeCell) => cellTags(cell).includes('injected-parameters')
  notebook.cells = notebook.cells.filter((cell) => cell.cell_type !== 'code' || !isInjected(cell))
  const at = notebook.cells.findIndex(
    (cell) => cell.cell_type === 'code' && cellTags(cell).includes('parameters'),
  )
  const declared = at < 0 ? new Map<string, Declared>() : declarations(notebook.cells[at]!.source)
  const lines = names.map((name) => assignment(name, parameters[name]!, declared.get(name)))

  const id = freeId(notebook)
  notebook.cells.splice(at + 1, 0, {
    cell_type: 'code',
    ...(notebook.nbformat_minor >= 5 && { id }),
    metadata: { tags: ['injected-parameters'] },
    source: ['// Parameters', ...lines].join('\n'),
    execution_count: null,
    outputs: [],
  })
  if (at < 0) return { warnings: ["no cell is tagged 'parameters'; the values stand first"] }
  const unknown = names.filter((name) => !declared.has(name))
  const known = [...declared.keys()].join(', ') || 'nothing'
  return {
    warnings: unknown.map(
      (name) => `unknown parameter '${name}'; the cell tagged 'parameters' declares ${known}`,
    ),
  }
}

// What the parameters cell declares --------------------------------------------------------------

interface Declared {
  isConstant: boolean
  /** The type that stands behind its name. */
  type?: string
  /** The text of the default where that is a string literal. */
  literal?: string
  /** The kind of the default, or of the type, where it is plain. */
  kind?: 'string' | 'number' | 'boolean'
}

function declarations(source: string): Map<string, Declared> {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true)
  const found = new Map<string, Declared>()
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue
    const isConstant = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0
    for (const { name, type, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(name))
        found.set(name.text, {
          isConstant,
          type: type?.getText(file),
          kind: type ? kindOfType(type) : initializer && kindOfValue(initializer),
          ...(initializer && ts.isStringLiteralLike(initializer) && { literal: initializer.text }),
        })
  }
  return found
}

function kindOfType(type: ts.TypeNode): Declared['kind'] {
  if (type.kind === ts.SyntaxKind.StringKeyword) return 'string'
  if (type.kind === ts.SyntaxKind.NumberKeyword) return 'number'
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return 'boolean'
  const isText = (node: ts.TypeNode) =>
    ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)
  return isText(type) || (ts.isUnionTypeNode(type) && type.types.every(isText))
    ? 'string'
    : undefined
}

function kindOfValue(value: ts.Expression): Declared['kind'] {
  if (ts.isStringLiteralLike(value) || ts.isTemplateExpression(value)) return 'string'
  if (value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword)
    return 'boolean'
  const number = ts.isPrefixUnaryExpression(value) ? value.operand : value
  return ts.isNumericLiteral(number) ? 'number' : undefined
}

// The injected cell -------------------------------------------------------------------------------

function assignment(name: string, { value, text }: Parameter, declared?: Declared): string {
  const { kind, literal } = declared ?? {}
  const given = kind === 'string' && typeof value !== 'string' && text !== undefined ? text : value
  if (kind !== undefined && typeof given !== kind)
    throw new ParameterError(
      `parameter ${name}: a ${kind} was expected, as is its default, not ${JSON.stringify(given)}`,
    )
  const written = JSON.stringify(given)
  if (!declared) return `let ${name} = ${written}`
  if (!declared.isConstant) return `${name} = ${written}`
  // The default's own type would be its value alone, and comparing with it an error.
  const widened = literal === undefined ? kind : `${JSON.stringify(literal)} | ${written}`
  const type = declared.type ?? widened
  return `const ${name}${type === undefined ? '' : `: ${type}`} = ${written}`
}

function checkName(name: string): void {
  try {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) throw new SyntaxError()
    new vm.Script(`'use strict'; let ${name}`) // refuses what is reserved; it is not run
  } catch {
    throw new ParameterError(`'${name}' cannot be a parameter, for no variable can be called so`)
  }
}

function freeId({ cells }: Notebook): string {
  const taken = new Set(cells.map(({ id }) => id))
  let id = 'injected-parameters'
  for (let n = 2; taken.has(id); n++) id = `injected-parameters-${n}`
  return id
}
