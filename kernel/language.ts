/** The language service: from cells of TypeScript to JavaScript, completions and documentation. */
import { SourceMapConsumer } from 'source-map-js'
import { dirname, relative } from 'node:path'
import type { SourceMaps } from './common-js.js'
import { Edits } from './edits.js'
import { missingModule } from './missing.js'
import { namesInString } from './names.js'
import { packagePaths, preloadedDeclarations, tensorflowDeclarations } from './preloaded.js'
import type { ImportedModule, LocalModule, NamesRequest, WrappingMagic } from './runner/messages.js'
import { readConfig, type NotebookConfig } from './tsconfig.js'
import { isCellFile, loadConverter, PREFIX_LINES, type Converter } from './tslab.js'
import ts from './typescript.cjs'
import { declaredNames, typesOfStatements } from './variable-types.js'

export interface CompiledCell {
  /** The name of the cell in stack traces. */
  filename: string
  /** JavaScript; empty where the cell holds nothing but types or comments. */
  code: string
  awaits: boolean
  imports: ImportedModule[]
  /** The name under which the value of the last expression is exported. */
  resultName?: string
  modules: LocalModule[]
  /** Those around the code, the outermost first. Default none. */
  magics?: WrappingMagic[]
  /** The types of the variables, for magics that want them. */
  types?: Record<string, string>
}

export interface Diagnostic {
  message: string
  /** The number of the message in TypeScript. */
  code: number
  /** From one. */
  line: number
  /** From one. */
  column: number
  /** The local file that the problem is in, and its text; none for the cell itself. */
  file?: { name: string; source: string }
}

export type Compilation = { cell: CompiledCell } | { diagnostics: Diagnostic[] }

export interface Completion {
  text: string
  /** TypeScript's name for what it is: 'function', 'property', 'const' … */
  kind: string
}

export interface Completions {
  /** What they replace. */
  start: number
  end: number
  completions: Completion[]
}

/** A place in the TypeScript of a cell; line and column count from one. */
export interface Place {
  line: number
  column: number
}

/** What a cell's TypeScript was made from. */
export interface Origin {
  text: string
  /** The place there for one in the TypeScript. */
  place: (at: Place) => Place
  /** Whether earlier cells are forgotten. */
  forgets: boolean
}

/** All offsets count UTF-16 units, as JavaScript does. */
export class Language {
  readonly version = ts.version
  private converter: Converter
  private config: NotebookConfig
  private declarations = ''
  /** What ran, by its name in stack traces: cells and local files. */
  private readonly sources = new Map<string, Source>()

  /** @param askForNames what a network in the runner has; none while it is busy. */
  constructor(
    protected readonly askForNames: (request: NamesRequest) => Promise<string[]> = async () => [],
  ) {
    this.config = readConfig(process.cwd())
    this.converter = newConverter(this.config)
  }

  /**
   * Compiles the next cell; what it declares is known to those after it.
   *
   * @param origin where the source is not what its reader wrote; problems keep their places in the source.
   */
  compile(source: string, filename: string, origin?: Origin): Compilation {
    if (this.config.isStale()) {
      this.config = readConfig(process.cwd())
      this.converter = newConverter(this.config)
    }
    if (this.config.diagnostics.length > 0)
      return { diagnostics: this.config.diagnostics.map(toDiagnostic) }
    const earlier = origin?.forgets ? '' : this.declarations
    const result = this.converter.convert(earlier, withoutExports(source))
    if (result.diagnostics.length > 0) return { diagnostics: result.diagnostics.map(toDiagnostic) }
    const { code = '', awaits, resultName, imports } = result
    this.declarations = result.declarations ?? earlier
    this.sources.set(filename, {
      text: origin?.text ?? source,
      maps: result.maps,
      prefixLines: PREFIX_LINES,
      place: origin?.place,
    })
    const modules = result.modules.map(({ source: text, maps, ...module }) => {
      this.sources.set(module.path, { text, maps, prefixLines: 0 })
      return module
    })
    return { cell: { filename, code, awaits, imports, resultName, modules } }
  }

  /** Forgets what the cells declared, since their values are lost. */
  reset(): void {
    this.declarations = ''
    this.converter.forgetModules()
  }

  async complete(source: string, position: number): Promise<Completions> {
    const found = this.completeByType(source, position)
    if (found.completions.length > 0) return found
    return (await this.completeName(source, position)) ?? found
  }

  private completeByType(source: string, position: number): Completions {
    const { info, ...found } = this.converter.complete(this.declarations, source, position)
    let { start, end } = found
    const span = info?.optionalReplacementSpan // where the cursor is inside of a string
    if (start === end && span && span.start <= position)
      [start, end] = [span.start, span.start + span.length]
    // TypeScript leaves to the editor what is a word, such as the last part of a path.
    else if (start === end) [start, end] = wordAround(source, position)
    const typed = source.slice(start, position)
    const entries = info?.entries ?? []
    const isFunction = FUNCTION_MEMBERS.every((member) =>
      entries.some(({ name }) => name === member),
    )
    const rank = ({ name }: ts.CompletionEntry) =>
      name.startsWith(typed) ? 0 : name.toLowerCase().startsWith(typed.toLowerCase()) ? 1 : 2
    const completions = entries
      .map((entry) => ({
        entry,
        rank: rank(entry),
        common: Number(isFunction && FUNCTION_MEMBERS.includes(entry.name)),
      }))
      .filter((candidate) => candidate.rank < 2)
      .sort(
        (a, b) =>
          a.rank - b.rank || a.common - b.common || compare(a.entry.sortText, b.entry.sortText),
      )
      .map(({ entry }) => ({ text: entry.name, kind: entry.kind }))
    return { start, end, completions }
  }

  /** The names of layers or classes: first those that begin with what is typed, then those that contain it. */
  private async completeName(source: string, position: number): Promise<Completions | undefined> {
    const cell = this.converter.cell()
    const found = cell && namesInString(cell, position)
    if (!found) return undefined
    const { request, start, end } = found
    const typed = source.slice(start, position).toLowerCase()
    const names = (await this.askForNames(request)).map((name) => ({
      name,
      at: name.toLowerCase().indexOf(typed),
    }))
    const completions = names
      .filter(({ at }) => at >= 0)
      .sort((a, b) => Math.min(a.at, 1) - Math.min(b.at, 1))
      .map(({ name }) => ({ text: name, kind: ts.ScriptElementKind.string }))
    return { start, end, completions }
  }

  /**
   * The signature and the documentation of what is at this position.
   *
   * @param detailed include what is tagged: parameters, examples, exceptions.
   */
  inspect(
    source: string,
    position: number,
    detailed: boolean,
  ): { signature: string; documentation: string } | undefined {
    const info = this.inspectAt(source, position)
    if (!info) return undefined
    const signature = ts.displayPartsToString(info.displayParts)
    if (!signature) return undefined
    const tags = detailed ? (info.tags ?? []).map(tagText) : []
    const documentation = [ts.displayPartsToString(info.documentation), ...tags]
    return { signature, documentation: documentation.filter(Boolean).join('\n\n') }
  }

  /** Front-ends ask with the cursor behind a name, or inside of a call's parentheses. */
  private inspectAt(source: string, position: number): ts.QuickInfo | undefined {
    const isName = (at: number) => /[\p{ID_Continue}$]/u.test(source[at] ?? '')
    let at = Math.min(position, source.length)
    if (!isName(at) && isName(at - 1)) at--
    if (!isName(at)) {
      const call = CALL.exec(source.slice(0, openParenthesis(source, at)))
      if (!call) return undefined
      at = call.index
    }
    return this.converter.inspect(this.declarations, source, at)
  }

  /** The variables of the cells, with their types. */
  types(): Record<string, string> {
    const names = declaredNames(this.declarations)
    this.converter.inspect(this.declarations, names.join(';\n'), 0)
    const cell = this.converter.cell()
    return cell ? typesOfStatements(cell) : {}
  }

  /** The source of a cell or a local file that ran, by its name in stack traces. */
  sourceOf(filename: string): string | undefined {
    return this.sources.get(filename)?.text
  }

  /** The place in the TypeScript of a cell or a local file for a place in its JavaScript. */
  originalPlace(filename: string, { line, column }: Place): Place | undefined {
    const { maps, prefixLines = 0, place = (at: Place) => at } = this.sources.get(filename) ?? {}
    if (!maps) return undefined
    const module = originalPosition(maps.commonJs, line, column)
    const source = module && originalPosition(maps.module, module.line, module.column)
    return source && place({ line: source.line - prefixLines, column: source.column })
  }
}

/** What every function has: behind what this one has besides, such as `viz`. */
const FUNCTION_MEMBERS = ['apply', 'arguments', 'bind', 'call', 'caller']

function wordAround(source: string, position: number): [start: number, end: number] {
  const [before] = /[\p{ID_Continue}$]*$/u.exec(source.slice(0, position))!
  const [after] = /^[\p{ID_Continue}$]*/u.exec(source.slice(position))!
  return [position - before.length, position + after.length]
}

/** A name that is called, up to its parenthesis, with the types that it is given. */
const CALL = /[\p{ID_Continue}$]+\s*(<[^()]*>\s*)?$/u

/** Of the parentheses around a position the innermost; 0 where there are none. */
function openParenthesis(source: string, position: number): number {
  let closed = 0
  for (let at = position - 1; at > 0; at--) {
    if (source[at] === ')') closed++
    else if (source[at] === '(' && --closed < 0) return at
  }
  return 0
}

interface Source {
  text: string
  maps?: SourceMaps
  /** Lines that were compiled before the text. */
  prefixLines: number
  /** From a place in what was compiled to one in the text. Default: the same. */
  place?: (at: Place) => Place
}

function newConverter({ options }: NotebookConfig): Converter {
  return loadConverter({
    globals: preloadedDeclarations,
    lazyGlobals: tensorflowDeclarations,
    packages: packagePaths,
    options,
  })
}

const CANNOT_FIND_MODULE = 2307

function toDiagnostic({ file, start = 0, messageText, code }: ts.Diagnostic): Diagnostic {
  const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? {
    line: 0,
    character: 0,
  }
  const isCell = file !== undefined && isCellFile(file)
  const place = { line: line + 1 - (isCell ? PREFIX_LINES : 0), column: character + 1 }
  const specifier = file && code === CANNOT_FIND_MODULE && stringAt(file, start)
  const message = specifier
    ? missingModule(specifier, dirname(file.fileName))
    : ts.flattenDiagnosticMessageText(messageText, '\n')
  if (!file || isCell) return { message, code, ...place }
  const name = relative(process.cwd(), file.fileName)
  return { message, code, ...place, file: { name, source: file.text } }
}

function stringAt(file: ts.SourceFile, start: number): string | undefined {
  return /^(['"`])(.*?)\1/.exec(file.text.slice(start))?.[2]
}

/**
 * In a cell `export` means nothing: all is shared. It is blanked, so that no place moves; what is
 * exported from another module is imported.
 */
function withoutExports(source: string): string {
  if (!/\bexport\b/.test(source)) return source
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true)
  const edits = new Edits(source)
  const blank = (start: number, end: number) =>
    edits.replace(start, end, source.slice(start, end).replace(/\w/g, ' '))
  for (const statement of file.statements) {
    const start = statement.getStart()
    if (ts.isExportAssignment(statement) && !statement.isExportEquals)
      blank(start, statement.expression.getStart())
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement
      if (moduleSpecifier && exportClause) edits.replace(start, start + 'export'.length, 'import')
      else if (exportClause) edits.replace(start, statement.end, '')
    }
    if (!ts.canHaveModifiers(statement)) continue
    for (const modifier of ts.getModifiers(statement) ?? []) {
      const { kind } = modifier
      if (kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword)
        blank(modifier.getStart(), modifier.end)
    }
  }
  return edits.apply()
}

function originalPosition(map: string, line: number, column: number): Place | undefined {
  const consumer = new SourceMapConsumer(
    JSON.parse(map) as ConstructorParameters<typeof SourceMapConsumer>[0],
  )
  const found = consumer.originalPositionFor({ line, column: column - 1 })
  // The type declarations leave out that a place may be unknown.
  const { line: foundLine, column: foundColumn } = found as {
    line: number | null
    column: number | null
  }
  return foundLine === null ? undefined : { line: foundLine, column: (foundColumn ?? 0) + 1 }
}

function tagText({ name, text }: ts.JSDocTagInfo): string {
  const value = ts.displayPartsToString(text)
  return name === 'example' ? `\`\`\`typescript\n${value}\n\`\`\`` : `*@${name}* ${value}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
