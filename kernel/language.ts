/** The language service: from cells of TypeScript to JavaScript, completions and documentation. */
import { SourceMapConsumer } from 'source-map-js'
import ts from 'typescript'
import { packagePaths, preloadedDeclarations } from './preloaded.js'
import {
  loadConverter,
  PREFIX_LINES,
  type Converter,
  type LocalModule,
  type SourceMaps,
} from './tslab.js'

export interface CompiledCell {
  /** The name of the cell in stack traces. */
  filename: string
  /** JavaScript; empty where the cell holds nothing but types or comments. */
  code: string
  awaits: boolean
  /** The name under which the value of the last expression is exported. */
  resultName?: string
  modules: LocalModule[]
}

export interface Diagnostic {
  message: string
  /** The number of the message in TypeScript. */
  code: number
  /** From one. */
  line: number
  /** From one. */
  column: number
  /** The local file that the problem is in; none for the cell itself. */
  file?: string
}

export type Compilation = { cell: CompiledCell } | { diagnostics: Diagnostic[] }

export interface Completion {
  text: string
  /** TypeScript's name for what it is: 'function', 'property', 'const' … */
  kind: string
}

/** A place in the TypeScript of a cell; line and column count from one. */
export interface Place {
  line: number
  column: number
}

/** All offsets count UTF-16 units, as JavaScript does. */
export class Language {
  readonly version = ts.version
  private readonly converter: Converter
  private declarations = ''
  private readonly cells = new Map<string, { source: string; maps?: SourceMaps }>()

  constructor() {
    this.converter = loadConverter({ globals: preloadedDeclarations, paths: packagePaths })
  }

  /** Compiles the next cell; what it declares is known to those after it. */
  compile(source: string, filename: string): Compilation {
    const result = this.converter.convert(this.declarations, withoutExports(source))
    if (result.diagnostics.length > 0) {
      const diagnostics = result.diagnostics.map(({ messageText, code, start, fileName }) => ({
        message: messageText,
        code,
        line: start.line + 1,
        column: start.character + 1,
        file: fileName,
      }))
      return { diagnostics }
    }
    this.declarations = result.declarations ?? this.declarations
    this.cells.set(filename, { source, maps: result.maps })
    const { code = '', awaits, resultName, modules } = result
    return { cell: { filename, code, awaits, resultName, modules } }
  }

  /** Forgets what the cells declared, since their values are lost. */
  reset(): void {
    this.declarations = ''
  }

  complete(
    source: string,
    position: number,
  ): { start: number; end: number; completions: Completion[] } {
    const { info, ...found } = this.converter.complete(this.declarations, source, position)
    let { start, end } = found
    const span = info?.optionalReplacementSpan // where the cursor is inside of a string
    if (start === end && span && span.start <= position)
      [start, end] = [span.start, span.start + span.length]
    const typed = source.slice(start, position)
    const rank = ({ name }: ts.CompletionEntry) =>
      name.startsWith(typed) ? 0 : name.toLowerCase().startsWith(typed.toLowerCase()) ? 1 : 2
    const completions = (info?.entries ?? [])
      .map((entry) => ({ entry, rank: rank(entry) }))
      .filter((candidate) => candidate.rank < 2)
      .sort((a, b) => a.rank - b.rank || compare(a.entry.sortText, b.entry.sortText))
      .map(({ entry }) => ({ text: entry.name, kind: entry.kind }))
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
      const call = /([\p{ID_Continue}$]+)\s*\([^()]*$/u.exec(source.slice(0, at))
      if (!call) return undefined
      at = call.index
    }
    return this.converter.inspect(this.declarations, source, at)
  }

  isComplete(
    source: string,
  ): { status: 'complete' | 'invalid' } | { status: 'incomplete'; indent: string } {
    const { completed, indent = '' } = this.converter.isComplete(source)
    if (!completed) return { status: 'incomplete', indent }
    const { diagnostics = [] } = ts.transpileModule(source, {
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
    })
    return { status: diagnostics.length > 0 ? 'invalid' : 'complete' }
  }

  /** The source of a cell that ran, by its name in stack traces. */
  sourceOf(filename: string): string | undefined {
    return this.cells.get(filename)?.source
  }

  /** The place in the TypeScript of a cell for a place in its JavaScript. */
  originalPlace(filename: string, { line, column }: Place): Place | undefined {
    const maps = this.cells.get(filename)?.maps
    if (!maps) return undefined
    const module = originalPosition(maps.commonJs, line, column)
    const source = module && originalPosition(maps.module, module.line, module.column)
    return source && { line: source.line - PREFIX_LINES, column: source.column }
  }
}

/** In a cell `export` means nothing: all is shared. It is blanked, so that no place moves. */
function withoutExports(source: string): string {
  if (!/\bexport\b/.test(source)) return source
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest)
  let result = source
  for (const statement of file.statements) {
    if (!ts.canHaveModifiers(statement)) continue
    for (const { kind, pos, end } of ts.getModifiers(statement) ?? []) {
      if (kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword) continue
      result = result.slice(0, pos) + result.slice(pos, end).replace(/\w/g, ' ') + result.slice(end)
    }
  }
  return result
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
