/** A notebook as one TypeScript program, which runs without a kernel. */
import ts from 'typescript'
import { Edits } from '../edits.js'
import { parseCell, possibleCommands, type CellWithMagics } from '../magics/core/parse.js'
import { cellTags, type CodeCell, type Notebook } from './format.js'

/**
 * Turns a notebook into an ES module:
 *
 * - text becomes comments; magics (`%…`, `%%…`, `!…`) and cells tagged `skip-execution` do, too;
 * - imports stand at the top, each once, and preloaded names such as `viz` are imported as well;
 * - the value of a cell's last expression is awaited and printed;
 * - what a later cell declares anew is called `name_2` from there on, since a module has each name
 *   but once. Functions of earlier cells keep to the earlier one, which is where the program may
 *   differ from the notebook.
 *
 * @param title where it comes from, for the first line.
 * @example await writeFile('lecture.mts', notebookToScript(await readNotebook('lecture.ipynb'), 'lecture.ipynb'))
 */
export function notebookToScript(notebook: Notebook, title = 'a notebook'): string {
  const script = new Script(notebook)
  const body = notebook.cells.map((cell) =>
    cell.cell_type === 'code'
      ? script.code(cell)
      : cell.cell_type === 'markdown'
        ? comment(cell.source)
        : '',
  )
  const parts = [`${SCRIPT_MARK} from ${title}.`, script.head(), ...body]
  return parts.filter((part) => part.trim() !== '').join('\n\n') + '\n'
}

/** How a generated program begins. */
export const SCRIPT_MARK = '// Made by fovea convert'

/** What a kernel preloads, as a module has it; SHOW stands for the name of the function that prints. */
const preloaded: Record<string, string> = {
  viz: "import { viz } from 'fovea'",
  tf: "import * as tf from '@tensorflow/tfjs'",
  require: `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)`,
  __filename: `import { fileURLToPath } from 'node:url'
const __filename = fileURLToPath(import.meta.url)`,
  __dirname: `import { fileURLToPath as pathOf } from 'node:url'
const __dirname = pathOf(new URL('.', import.meta.url))`,
  input: `import { createInterface } from 'node:readline/promises'
async function input(prompt = '', _options = {}): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stdout })
  return reader.question(prompt).finally(() => reader.close())
}`,
  display: `interface DisplayHandle { id: string; update(value: unknown): void }
function display(value: unknown): DisplayHandle {
  void SHOW(value)
  return { id: '', update: (next) => void SHOW(next) }
}`,
  clearOutput: 'function clearOutput(_wait?: boolean): void {}',
}

const showFunction = (name: string) => `/** Prints a value as a notebook shows it in plain text. */
async function ${name}(value: any): Promise<void> {
  const shown = typeof value?.then === 'function' ? await value : value
  if (shown === undefined) return
  const bundle = shown?.[Symbol.for('Jupyter.display')]?.()
  const { 'text/plain': text } = (bundle instanceof Promise ? await bundle : bundle) ?? {}
  console.log(text ?? shown)
}`

/** What a name of an import refers to, so that the same import in two cells is one. */
interface Imported {
  /** As in the program. */
  name: string
  /** `import type`, or none of its uses needs a value. */
  isType: boolean
  usedAsValue: boolean
  used: boolean
}

interface ImportLine {
  module: string
  /** The text from the module's name on, attributes included. */
  from: string
  defaultName?: Imported
  namespace?: Imported
  named: { property: string; imported: Imported }[]
}

class Script {
  /** What a name of the notebook is called in the program, from the present cell on. */
  private readonly names = new Map<string, string>()
  private readonly taken: Set<string>
  private readonly imports: ImportLine[] = []
  private readonly importsByKey = new Map<string, Imported>()
  private readonly importsByName = new Map<string, Imported>()
  private readonly preloads = new Set<string>()
  private readonly show: string
  private shows = false

  constructor({ cells }: Notebook) {
    const words = cells
      .filter((cell) => cell.cell_type === 'code')
      .flatMap(({ source }) => source.match(/[\p{ID_Continue}$]+/gu) ?? [])
    this.taken = new Set(words)
    this.show = this.free('show')
  }

  /** Imports and helpers; complete once all cells were read. */
  head(): string {
    const isNeeded = (name: string) => this.preloads.has(name)
    const texts = Object.entries(preloaded).filter(([name]) => isNeeded(name))
    const lines = texts.map(([, text]) => text.replaceAll('SHOW', this.show))
    const isImport = (text: string) => text.startsWith('import')
    const [imports, helpers] = [
      lines.filter(isImport).map((text) => text.split('\n', 1)[0]!),
      lines.map((text) => (isImport(text) ? text.split('\n').slice(1).join('\n') : text)),
    ]
    if (this.shows || isNeeded('display')) helpers.push(showFunction(this.show))
    const own = this.imports.map(importText)
    return [[...imports, ...own].join('\n'), ...helpers].filter(Boolean).join('\n\n')
  }

  code(cell: CodeCell): string {
    const tags = cellTags(cell)
    const source = cell.source.trim()
    if (source === '') return ''
    const magics = parseCell(source, this.commandsIn(source))
    const hasNoCode = magics.body !== undefined || magics.problem !== undefined
    if (tags.includes('skip-execution') || hasNoCode) return comment(source)
    const text = this.translate(withMagicsAsComments(magics))
    if (!tags.includes('raises-exception') || text === '') return text
    const indented = text.replace(/^(?=.)/gm, '  ')
    return `// This is meant to fail.\ntry {\n${indented}\n} catch (error) {\n  console.error(error)\n}`
  }

  /** Where lines such as `!ls -l` begin, of which no cell has declared an `ls`. */
  private commandsIn(source: string): Set<number> {
    const possible = possibleCommands(source)
    if (possible.length === 0) return new Set()
    const declared = declaredNames(parse(parseCell(source).typescript).file).map(textOf)
    const isKnown = (name: string) =>
      [...declared, ...this.names.keys(), ...Object.keys(preloaded)].includes(name) ||
      name in globalThis ||
      !isIdentifier(name)
    return new Set(possible.filter(({ name }) => !isKnown(name)).map(({ start }) => start))
  }

  private translate(code: string): string {
    const { file, checker } = parse(code)
    const declared = declaredNames(file)
    const symbols = new Set(declared.map((name) => checker.getSymbolAtLocation(name)))
    const edits = new Edits(code)
    this.showLast(file, edits)

    const imports = file.statements.filter(ts.isImportDeclaration)
    for (const node of imports) {
      this.addImport(node, file)
      edits.replace(node.getStart(file), node.end, '')
    }
    for (const name of new Set(declared.filter((name) => !isWithinImport(name)).map(textOf))) {
      this.importsByName.delete(name)
      this.names.set(name, this.names.has(name) ? this.free(name) : name)
    }

    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node)) return
      if (ts.isIdentifier(node) && isVariable(node)) {
        const { parent } = node
        const isShorthand = ts.isShorthandPropertyAssignment(parent) && parent.name === node
        const symbol = isShorthand
          ? checker.getShorthandAssignmentValueSymbol(parent)
          : checker.getSymbolAtLocation(node)
        const isLocal = symbol?.declarations?.length && !symbols.has(symbol)
        if (!isLocal) this.refer(node, isShorthand, edits, file)
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
    for (const statement of file.statements) removeExport(statement, edits, file)
    return edits.apply().trim()
  }

  /** A name that is no local one of a function: of this cell, of an earlier one, or preloaded. */
  private refer(
    node: ts.Identifier,
    isShorthand: boolean,
    edits: Edits,
    file: ts.SourceFile,
  ): void {
    const name = this.names.get(node.text)
    if (name === undefined) {
      if (Object.hasOwn(preloaded, node.text)) this.preloads.add(node.text)
      if (node.text === 'DisplayHandle') this.preloads.add('display')
      return
    }
    const imported = this.importsByName.get(node.text)
    if (imported) {
      imported.used = true
      imported.usedAsValue ||= !isTypePosition(node)
    }
    if (name === node.text) return
    const isBinding = ts.isBindingElement(node.parent) && !node.parent.propertyName
    const isObject =
      isBinding && ts.isObjectBindingPattern(node.parent.parent) && !node.parent.dotDotDotToken
    const text =
      isShorthand || (isObject && node.parent.name === node) ? `${node.text}: ${name}` : name
    edits.replace(node.getStart(file), node.end, text)
  }

  private addImport(node: ts.ImportDeclaration, file: ts.SourceFile): void {
    const from = code(node.moduleSpecifier.getStart(file), node.end)
    const module = textOf(node.moduleSpecifier as ts.StringLiteral)
    const line: ImportLine = { module, from, named: [] }
    const clause = node.importClause
    const bind = (property: string, { text }: ts.Identifier, isType: boolean) => {
      const key = JSON.stringify([from, property])
      const known = this.importsByKey.get(key)
      const imported = known ?? {
        name: this.newName(text),
        isType,
        usedAsValue: false,
        used: false,
      }
      if (known && this.names.get(text) !== known.name) this.names.set(text, known.name)
      imported.isType &&= isType
      this.importsByKey.set(key, imported)
      this.importsByName.set(text, imported)
      return known ? undefined : imported
    }
    const isType = clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    if (clause?.name) line.defaultName = bind('default', clause.name, isType)
    const bindings = clause?.namedBindings
    if (bindings && ts.isNamespaceImport(bindings))
      line.namespace = bind('*', bindings.name, isType)
    else
      for (const element of bindings?.elements ?? []) {
        const property = textOf(element.propertyName ?? element.name)
        const imported = bind(`.${property}`, element.name, isType || element.isTypeOnly)
        if (imported) line.named.push({ property, imported })
      }
    const isBare =
      !clause && !this.imports.some((other) => isBareImport(other) && other.from === from)
    if (isBare || !isBareImport(line)) this.imports.push(line)

    function code(start: number, end: number): string {
      return file.text.slice(start, end).replace(/;$/, '')
    }
  }

  private newName(name: string): string {
    const free = this.names.has(name) ? this.free(name) : name
    this.names.set(name, free)
    return free
  }

  private free(name: string): string {
    let free = name
    for (let n = 2; this.taken.has(free); n++) free = `${name}_${n}`
    this.taken.add(free)
    return free
  }

  private showLast(file: ts.SourceFile, edits: Edits): void {
    const last = file.statements.at(-1)
    if (!last || !ts.isExpressionStatement(last)) return
    const { expression } = last
    // These show what they show, and have no value.
    if (
      ts.isCallExpression(expression) &&
      /^(?:console\.\w+|display|clearOutput)$/.test(expression.expression.getText(file))
    )
      return
    this.shows = true
    edits.insert(expression.getStart(file), `await ${this.show}(`)
    edits.insert(expression.end, ')')
  }
}

/** A cell as a module of its own: names that it does not declare are unknown in it. */
function parse(code: string): { file: ts.SourceFile; checker: ts.TypeChecker } {
  const name = 'cell.ts'
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true)
  const options: ts.CompilerOptions = {
    noLib: true,
    noResolve: true,
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
  }
  const host: ts.CompilerHost = {
    getSourceFile: (path) => (path === name ? file : undefined),
    getDefaultLibFileName: () => '',
    writeFile: () => {},
    getCurrentDirectory: () => '',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (path) => path === name,
    readFile: () => undefined,
  }
  return { file, checker: ts.createProgram([name], options, host).getTypeChecker() }
}

/** And not a keyword or a number. */
function isIdentifier(name: string): boolean {
  const [statement] = ts.createSourceFile('', name, ts.ScriptTarget.Latest).statements
  return !!statement && ts.isExpressionStatement(statement) && ts.isIdentifier(statement.expression)
}

/** The names that the statements of a cell declare for the cells after it. */
function declaredNames(file: ts.SourceFile): ts.Identifier[] {
  const bound = (name: ts.BindingName): ts.Identifier[] =>
    ts.isIdentifier(name)
      ? [name]
      : name.elements.flatMap((element) =>
          ts.isBindingElement(element) ? bound(element.name) : [],
        )
  return file.statements.flatMap((statement): ts.Identifier[] => {
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) => bound(name))
    if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {}
      const rest = namedBindings
        ? ts.isNamespaceImport(namedBindings)
          ? [namedBindings.name]
          : namedBindings.elements.map((element) => element.name)
        : []
      return name ? [name, ...rest] : rest
    }
    if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isModuleDeclaration(statement)
    )
      return statement.name && ts.isIdentifier(statement.name) ? [statement.name] : []
    return []
  })
}

function isWithinImport(node: ts.Node): boolean {
  return ts.findAncestor(node, ts.isImportDeclaration) !== undefined
}

/** Whether an identifier stands for a variable or a type, and not for a property or a label. */
function isVariable(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) || ts.isMetaProperty(parent))
    return parent.name !== node
  if (ts.isQualifiedName(parent)) return parent.right !== node
  if (ts.isBindingElement(parent)) return parent.propertyName !== node
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false
  if (ts.isNamedTupleMember(parent) || ts.isEnumMember(parent) || ts.isPropertyAssignment(parent))
    return parent.name !== node
  if (ts.isExportSpecifier(parent)) return false
  return !(
    (ts.isClassElement(parent) ||
      ts.isTypeElement(parent) ||
      ts.isObjectLiteralElementLike(parent)) &&
    parent.name === node &&
    !ts.isShorthandPropertyAssignment(parent)
  )
}

function isTypePosition(node: ts.Identifier): boolean {
  let outer: ts.Node = node
  while (ts.isQualifiedName(outer.parent)) outer = outer.parent
  if (ts.isTypeQueryNode(outer.parent)) return true
  const heritage = ts.findAncestor(outer, ts.isHeritageClause)
  if (
    heritage &&
    ts.isClassLike(heritage.parent) &&
    heritage.token === ts.SyntaxKind.ExtendsKeyword
  )
    return ts.isPartOfTypeNode(outer) && !ts.isExpressionWithTypeArguments(outer.parent)
  return ts.isPartOfTypeNode(outer)
}

function removeExport(statement: ts.Statement, edits: Edits, file: ts.SourceFile): void {
  if (!ts.canHaveModifiers(statement)) return
  for (const modifier of ts.getModifiers(statement) ?? [])
    if (
      modifier.kind === ts.SyntaxKind.ExportKeyword ||
      modifier.kind === ts.SyntaxKind.DefaultKeyword
    )
      edits.replace(modifier.getStart(file), modifier.end + 1, '')
}

function isBareImport({ defaultName, namespace, named }: ImportLine): boolean {
  return !defaultName && !namespace && named.length === 0
}

/** Types are marked as such: runners that only strip types could not tell. */
function importText(line: ImportLine): string {
  const { defaultName, namespace, named, from } = line
  if (isBareImport(line)) return `import ${from}`
  const isType = ({ isType, used, usedAsValue }: Imported) => isType || (used && !usedAsValue)
  const all = [defaultName, namespace, ...named.map(({ imported }) => imported)].filter(
    (one) => !!one,
  )
  const allTypes = all.every(isType) && !(defaultName && all.length > 1)
  const elements = named.map(({ property, imported }) => {
    const text = property === imported.name ? property : `${property} as ${imported.name}`
    return isType(imported) && !allTypes ? `type ${text}` : text
  })
  const bindings = [
    ...(defaultName ? [defaultName.name] : []),
    ...(namespace ? [`* as ${namespace.name}`] : []),
    ...(elements.length > 0 ? [`{ ${elements.join(', ')} }`] : []),
  ]
  return `import ${allTypes ? 'type ' : ''}${bindings.join(', ')} from ${from}`
}

/** The code that a magic such as `%time` is about stays. */
function withMagicsAsComments({ source, uses }: CellWithMagics): string {
  const edits = new Edits(source)
  for (const { start, end, code } of uses)
    if (code === undefined) edits.insert(start, '// ')
    else
      edits.replace(
        start,
        end,
        `// ${source.slice(start, code).trim()}\n${source.slice(code, end)}`,
      )
  return edits.apply()
}

function comment(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '' ? '//' : `// ${line}`))
    .join('\n')
}

function textOf({ text }: { text: string }): string {
  return text
}
