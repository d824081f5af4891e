/**
 * tslab's converter on a current TypeScript. This is the one file that knows tslab's insides, and
 * test/kernel/tslab.test.ts pins what it relies on.
 *
 * tslab compiles cells with its own fork of TypeScript 5.0. Here its converter is loaded with an
 * object in the fork's place: mainline TypeScript, the few functions that only the fork has, and
 * three changed ones (the host, transpileModule, sys), which buy current libraries, packages of ES
 * modules with types, node's types wherever the notebook lies, local imports from anywhere, source
 * maps, and live bindings between cells.
 */
import Module, { createRequire } from 'node:module'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type * as TslabConverter from 'tslab/dist/converter.js'
import ts from 'typescript'
import { shareBindings } from './bindings.js'
import { correctReferences } from './references.js'

const require = createRequire(import.meta.url)

export interface SourceMaps {
  /** From the cell's JavaScript (CommonJS) to the ES module that tslab made. */
  commonJs: string
  /** From that ES module to the TypeScript of the cell. */
  module: string
}

export interface LocalModule {
  /** The absolute path, with the extension .js. */
  path: string
  code: string
}

export interface Conversion {
  /** Problems; where there is one, the rest is missing. */
  diagnostics: TslabConverter.Diagnostic[]
  /** The cell as CommonJS, with the function that gives access to its names. */
  code?: string
  /** The declarations of this cell and those before, for the cells after it. */
  declarations?: string
  /** The name under which the value of the last expression is exported. */
  resultName?: string
  awaits: boolean
  maps?: SourceMaps
  /** The local files that the cell imports, where they are new or changed. */
  modules: LocalModule[]
}

export interface Completions {
  /** What tslab would replace. */
  start: number
  end: number
  info: ts.CompletionInfo | undefined
}

export interface Converter {
  convert(declarations: string, source: string): Conversion
  complete(declarations: string, source: string, position: number): Completions
  inspect(declarations: string, source: string, position: number): ts.QuickInfo | undefined
  isComplete(source: string): TslabConverter.IsCompleteResult
}

export interface ConverterOptions {
  /** TypeScript declarations that every cell sees. */
  globals: string
  /** Where to find the types of packages that are not looked up in node_modules: name to file. */
  paths: Record<string, string>
}

/** Lines that tslab puts before a cell's source. */
export const PREFIX_LINES = 1
const CELL_FILE = '__tslab__.ts'
const EARLIER_CELLS_FILE = '__prev__.d.ts'

/** Loads the converter for notebooks in this process's working directory. Takes about a second. */
export function loadConverter(options: ConverterOptions): Converter {
  const state = new ConverterState()
  const tslab = requireWith(compilerForTslab(options, state))
  const converter = tslab.createConverter({})
  return {
    convert(declarations, source) {
      state.startConversion()
      const result = converter.convert(declarations, source)
      const { output, declOutput, diagnostics, lastExpressionVar, sideOutputs = [] } = result
      const inside = sideOutputs.map(({ path, data }) => ({ path, code: data }))
      return {
        diagnostics,
        code: output,
        declarations: declOutput,
        resultName: lastExpressionVar,
        awaits: state.awaits,
        maps: state.maps,
        modules: [...inside, ...state.outsideModules],
      }
    },
    complete(declarations, source, position) {
      const { start, end, original } = converter.complete(declarations, source, position)
      return { start, end, info: original as ts.CompletionInfo | undefined }
    },
    inspect(declarations, source, position) {
      return converter.inspect(declarations, source, position)
    },
    isComplete: (source) => tslab.isCompleteCode(source),
  }
}

/** What the compiler hooks learn during one conversion, beside what tslab returns. */
class ConverterState {
  awaits = false
  maps: SourceMaps | undefined
  outsideModules: LocalModule[] = []
  /** The variables that functions of some later cell use. */
  readonly observed = new Set<string>()
  private readonly watched = new Map<string, { modified: number; changed: () => void }>()

  startConversion(): void {
    this.awaits = false
    this.maps = undefined
    this.outsideModules = []
    // Files are compared when a cell needs them, so no change is missed and nothing polls.
    for (const [path, file] of this.watched) {
      const modified = modificationTime(path)
      if (modified === file.modified) continue
      file.modified = modified
      file.changed()
    }
  }

  watch(path: string, changed: () => void): ts.FileWatcher {
    if (!path.includes('/node_modules/'))
      this.watched.set(path, { modified: modificationTime(path), changed })
    return { close: () => this.watched.delete(path) }
  }
}

function modificationTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** tslab's converter module, loaded with this compiler in place of its own. */
function requireWith(compiler: object): typeof TslabConverter {
  const tslabRequire = createRequire(require.resolve('tslab/dist/converter.js'))
  const fork = tslabRequire.resolve('@tslab/typescript-for-tslab')
  const standIn = new Module(fork)
  Object.assign(standIn, { filename: fork, loaded: true, exports: compiler })
  tslabRequire.cache[fork] = standIn
  try {
    return tslabRequire('./converter.js') as typeof TslabConverter
  } finally {
    delete tslabRequire.cache[fork]
  }
}

/** Functions of TypeScript's language service that its type declarations leave out. */
interface InternalTypeScript {
  nullTransformationContext: unknown
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node
  getContainerNode(node: ts.Node): ts.Node | undefined
  typeToDisplayParts(
    checker: ts.TypeChecker,
    type: ts.Type,
    enclosing: ts.Node,
  ): ts.SymbolDisplayPart[]
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      enclosing: ts.Node | undefined,
      location: ts.Node,
    ): Pick<ts.QuickInfo, 'displayParts' | 'documentation' | 'tags'> & {
      symbolKind: ts.ScriptElementKind
    }
  }
  Completions: {
    getCompletionsAtPosition(
      host: object,
      program: ts.Program,
      log: (message: string) => void,
      file: ts.SourceFile,
      position: number,
      preferences: ts.UserPreferences,
      trigger: undefined,
      kind: ts.CompletionTriggerKind,
      cancellation: ts.CancellationToken,
    ): ts.CompletionInfo | undefined
  }
}
const internal = ts as unknown as InternalTypeScript

type ProgramEmit = (
  file: ts.SourceFile | undefined,
  write: ts.WriteFileCallback,
  cancellation: undefined,
  onlyDeclarations: undefined,
  transformers: ts.CustomTransformers | undefined,
  forceDeclarations: boolean,
) => ts.EmitResult

function compilerForTslab(options: ConverterOptions, state: ConverterState): object {
  const sys: ts.System = Object.assign(Object.create(ts.sys) as ts.System, {
    watchFile: (path: string, callback: ts.FileWatcherCallback) =>
      state.watch(path, () => callback(path, ts.FileWatcherEventKind.Changed)),
    watchDirectory: () => ({ close: () => {} }),
  })
  ts.sys.useCaseSensitiveFileNames = true // as tslab does, and the compiler's own calls must agree
  return {
    ...ts,
    sys,
    createWatchCompilerHost: (
      files: string[],
      settings: ts.CompilerOptions,
      tslabSys: ts.System,
      ...rest: [undefined, ts.DiagnosticReporter, ts.WatchStatusReporter]
    ) => createHost(files, settings, tslabSys, rest, options, state),
    transpileModule: (module: string, { compilerOptions = {} }: ts.TranspileOptions) =>
      toCommonJs(module, compilerOptions, state),
    // Functions that only tslab's fork has:
    getNullTransformationContext: () => internal.nullTransformationContext,
    getDefaultTypeRoots: () => [],
    getPreEmitDiagnosticsOfFiles: diagnosticsOf,
    getQuickInfoAtPosition: quickInfo,
    Completions: { getCompletionsAtPositionForTslab: completions },
  }
}

/** The compiler's host with our settings, and emission that never fails for want of a declaration. */
function createHost(
  files: string[],
  settings: ts.CompilerOptions,
  tslabSys: ts.System,
  rest: [undefined, ts.DiagnosticReporter, ts.WatchStatusReporter],
  { globals, paths }: ConverterOptions,
  state: ConverterState,
): object {
  const folder = settings.rootDir ?? process.cwd()
  const globalsFile = join(folder, '__globals__.d.ts')
  const sys: ts.System = Object.assign(Object.create(tslabSys) as ts.System, {
    readFile: (path: string, encoding?: string) =>
      path === globalsFile ? globals : tslabSys.readFile(path, encoding),
    fileExists: (path: string) => path === globalsFile || tslabSys.fileExists(path),
  })
  const { noImplicitUseStrict, disableTopLevelAwait, ...current } = settings
  void [noImplicitUseStrict, disableTopLevelAwait] // settings that only the fork knows
  const host = ts.createWatchCompilerHost(
    [...files, globalsFile],
    {
      ...current,
      rootDir: '/', // a cell may import from outside of its folder
      lib: [`lib.${libraryOfNode()}.d.ts`],
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      paths: Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, [file]])),
      types: ['node'],
      typeRoots: [dirname(dirname(require.resolve('@types/node/package.json')))],
      inlineSourceMap: true,
    },
    sys,
    ...rest,
  )
  // tslab sets this callback to get hold of the program; it gets one with our `emit`.
  let created: ((builder: ts.BuilderProgram) => void) | undefined
  Object.defineProperty(host, 'afterProgramCreate', {
    get: () => (builder: ts.BuilderProgram) => created?.(withEmit(builder, folder, state)),
    set: (callback: typeof created) => (created = callback),
  })
  return host
}

/** The standard library of the running Node: what it lacks should not type-check. */
function libraryOfNode(): string {
  const major = Number(process.versions.node.split('.')[0])
  return major >= 24 ? 'esnext' : major >= 22 ? 'es2024' : 'es2023'
}

function withEmit(
  builder: ts.BuilderProgram,
  folder: string,
  state: ConverterState,
): ts.BuilderProgram {
  const emit: ts.BuilderProgram['emit'] = (file, write, _cancel, _only, transformers) => {
    const program = builder.getProgram()
    const place: ts.WriteFileCallback = (path, text, ...rest) => {
      const absolute = path.replace(/^outDir/, '')
      if (absolute.startsWith(`${folder}/`))
        write?.(`outDir${absolute.slice(folder.length)}`, text, ...rest)
      else if (path.endsWith('.js'))
        state.outsideModules.push({ path: absolute, code: toCommonJs(text, {}, state).outputText })
    }
    const corrections = correctReferences(program.getTypeChecker(), isFromEarlierCell)
    const corrected = { ...transformers, after: [corrections, ...(transformers?.after ?? [])] }
    // Declarations are forced: a type that has no portable name matters to libraries, not to cells.
    return (program.emit as ProgramEmit)(file, place, undefined, undefined, corrected, true)
  }
  return Object.assign(Object.create(builder) as ts.BuilderProgram, { emit })
}

function isFromEarlierCell(declaration: ts.Declaration): boolean {
  return declaration.getSourceFile().fileName.endsWith(EARLIER_CELLS_FILE)
}

/** From ES module to CommonJS: of cells with shared bindings and source maps, of local files plainly. */
function toCommonJs(
  module: string,
  settings: ts.CompilerOptions,
  state: ConverterState,
): { outputText: string } {
  const { text, map } = splitSourceMap(module)
  const isCell = map !== undefined && sourceOf(map).endsWith(CELL_FILE)
  const bound = isCell ? shareBindings(text, (name) => state.observed.has(name)) : undefined
  const { noImplicitUseStrict, ...current } = settings
  void noImplicitUseStrict
  const { outputText, sourceMapText } = ts.transpileModule(bound?.code ?? text, {
    fileName: 'cell.js',
    compilerOptions: {
      ...current,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      target: ts.ScriptTarget.ES2022,
      sourceMap: isCell,
    },
  })
  if (bound && map && sourceMapText) {
    state.awaits = bound.awaits
    for (const name of bound.observed) state.observed.add(name)
    state.maps = { commonJs: sourceMapText, module: map }
  }
  return { outputText: splitSourceMap(outputText).text }
}

function splitSourceMap(code: string): { text: string; map?: string } {
  const match = /\n?\/\/# sourceMappingURL=(?:data:application\/json;base64,)?(\S+)\s*$/.exec(code)
  if (!match) return { text: code }
  return { text: code.slice(0, match.index), map: Buffer.from(match[1]!, 'base64').toString() }
}

function sourceOf(map: string): string {
  return (JSON.parse(map) as { sources: string[] }).sources[0] ?? ''
}

function diagnosticsOf(program: ts.Program, files: ts.SourceFile[]): readonly ts.Diagnostic[] {
  return ts.sortAndDeduplicateDiagnostics(
    files.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  )
}

function quickInfo(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  _cancellation: unknown,
  position: number,
): ts.QuickInfo | undefined {
  const node = internal.getTouchingPropertyName(file, position)
  if (node === (file as ts.Node)) return undefined
  const textSpan = { start: node.getStart(), length: node.getWidth() }
  const symbol = checker.getSymbolAtLocation(node)
  if (!symbol) {
    const displayParts = internal.typeToDisplayParts(checker, checker.getTypeAtLocation(node), file)
    return { kind: ts.ScriptElementKind.unknown, kindModifiers: '', textSpan, displayParts }
  }
  const { symbolKind, ...info } =
    internal.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker,
      symbol,
      file,
      internal.getContainerNode(node),
      node,
    )
  return { kind: symbolKind, kindModifiers: '', textSpan, ...info }
}

function completions(
  _host: unknown,
  program: ts.Program,
  log: (message: string) => void,
  file: ts.SourceFile,
  position: number,
  preferences: ts.UserPreferences,
  _trigger: undefined,
  kind: ts.CompletionTriggerKind,
  cancellation: ts.CancellationToken,
): ts.CompletionInfo | undefined {
  const host = {
    getCompilationSettings: () => program.getCompilerOptions(),
    getCurrentDirectory: () => program.getCurrentDirectory(),
  }
  return internal.Completions.getCompletionsAtPosition(
    host,
    program,
    log,
    file,
    position,
    preferences,
    undefined,
    kind,
    cancellation,
  )
}
