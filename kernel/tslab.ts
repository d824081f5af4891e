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
import { cellToCommonJs, moduleToCommonJs, type SourceMaps } from './common-js.js'
import { keepNamespaces } from './declarations.js'
import { ModuleResolution } from './module-resolution.js'
import { correctReferences } from './references.js'
import type { ImportedModule, LocalModule } from './runner/messages.js'
import ts from './typescript.cjs'

const require = createRequire(import.meta.url)

export interface Conversion {
  /** Problems, in the cell and in the local files that it imports; where there is one, the rest is missing. */
  diagnostics: readonly ts.Diagnostic[]
  /** The cell as CommonJS, with the function that gives access to its names. */
  code?: string
  /** The declarations of this cell and those before, for the cells after it. */
  declarations?: string
  /** The name under which the value of the last expression is exported. */
  resultName?: string
  awaits: boolean
  imports: ImportedModule[]
  maps?: SourceMaps
  /** The local files that the cell imports, where they are new or changed. */
  modules: ConvertedModule[]
}

export interface ConvertedModule extends LocalModule {
  source: string
  maps?: SourceMaps
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
  /** The cell as it was last converted, completed or inspected. */
  cell(): CellInProgram | undefined
  /** Converts all local files anew that cells import from now on. */
  forgetModules(): void
}

export interface CellInProgram {
  file: ts.SourceFile
  checker: ts.TypeChecker
  /** How much further on places are in the file than in the cell. */
  offset: number
}

export interface LazyGlobals {
  mentioned: RegExp
  /** A module of declarations, and what stands in its place before. */
  declarations: string
  before: string
  /** The package that they declare, and what stands in for its types before. */
  package: string
  standIn: string
  /** The folder of the library whose types speak of the package, which it stands in for. */
  library: string
}

export interface ConverterOptions {
  /** TypeScript declarations that every cell sees. */
  globals: string
  /** Declarations that are read when a cell first mentions them, since they are large. Default none. */
  lazyGlobals?: LazyGlobals
  /** Where to find the types of packages that are not looked up in node_modules: name to file. */
  packages: Record<string, string>
  /** How strict to be. Default: as lenient as TypeScript is. */
  options?: ts.CompilerOptions
}

/** Lines that tslab puts before a cell's source. */
export const PREFIX_LINES = 1
const PREFIX = 'export {};\n'
const CELL_FILE = '__tslab__.ts'
const EARLIER_CELLS_FILE = '__prev__.d.ts'
const GLOBALS_FILE = '__globals__.d.ts'
const LAZY_GLOBALS_FILE = '__lazy_globals__.d.ts'
const STAND_IN_FILE = '__stand_in__.d.ts'

/** Whether a file of the program is the cell itself. */
export function isCellFile(file: ts.SourceFile): boolean {
  return file.fileName.endsWith(`/${CELL_FILE}`)
}

/** Loads the converter for notebooks in this process's working directory. Takes about a second. */
export function loadConverter(options: ConverterOptions): Converter {
  const state = new ConverterState(options)
  const tslab = requireWith(compilerForTslab(options, state))
  const converter = tslab.createConverter({})
  return {
    convert(declarations, source) {
      state.startConversion(source)
      let result = converter.convert(declarations, source)
      if (state.isImported && !state.hasMentioned) {
        state.startConversion(source)
        result = converter.convert(declarations, source)
      }
      const { output, declOutput, lastExpressionVar } = result
      const { diagnostics, cell } = state
      const failed = diagnostics.length > 0 || result.diagnostics.length > 0
      if (failed || !cell) return { diagnostics, awaits: false, imports: [], modules: [] }
      const { imports, modules } = state.takeModules(cell.imports)
      for (const name of cell.observed) state.observed.add(name)
      return {
        diagnostics,
        code: output,
        declarations: keepNamespaces(declarations, declOutput ?? ''),
        resultName: lastExpressionVar,
        awaits: cell.awaits,
        imports,
        maps: cell.maps,
        modules,
      }
    },
    complete(declarations, source, position) {
      state.mention(source)
      const { start, end, original } = converter.complete(declarations, source, position)
      return { start, end, info: original as ts.CompletionInfo | undefined }
    },
    inspect(declarations, source, position) {
      state.mention(source)
      return converter.inspect(declarations, source, position)
    },
    cell: () => state.cellInProgram(),
    forgetModules: () => state.converted.clear(),
  }
}

/** What the compiler hooks learn during one conversion, beside what tslab returns. */
class ConverterState {
  builder: ts.BuilderProgram | undefined
  diagnostics: readonly ts.Diagnostic[] = []
  cell: ReturnType<typeof cellToCommonJs> | undefined
  lazyGlobals: string
  /** Whether a cell has mentioned the lazy globals. */
  hasMentioned = false
  /** Whether a local file imports the package, so that its types are wanted in full. */
  isImported = false
  /** The local files that have been converted, with their text. */
  readonly converted = new Map<string, string>()
  /** The variables that functions of some later cell use. */
  readonly observed = new Set<string>()
  private readonly watched = new Map<string, { modified: number; changed: () => void }>()

  constructor(private readonly options: ConverterOptions) {
    this.lazyGlobals = options.lazyGlobals?.before ?? ''
  }

  startConversion(source: string): void {
    this.mention(source)
    this.diagnostics = []
    this.cell = undefined
    // Files are compared when a cell needs them, so no change is missed and nothing polls.
    for (const [path, file] of this.watched) {
      const modified = modificationTime(path)
      if (modified === file.modified) continue
      file.modified = modified
      file.changed()
    }
  }

  cellInProgram(): CellInProgram | undefined {
    const program = this.builder?.getProgram()
    const file = program?.getSourceFiles().find(isCellFile)
    return program && file && { file, checker: program.getTypeChecker(), offset: PREFIX.length }
  }

  /** What the cell imports, and the local files among it and beneath it that are new or changed. */
  takeModules(declared: string[]): { imports: ImportedModule[]; modules: ConvertedModule[] } {
    const program = this.builder?.getProgram() as unknown as InternalProgram | undefined
    const cell = program?.getSourceFiles().find(isCellFile)
    if (!program || !cell) return { imports: [], modules: [] }
    const changed = [...withDependencies(program, cell)].filter(
      ({ fileName, text }) =>
        /\.[cm]?[jt]sx?$/.test(fileName) && this.converted.get(fileName) !== text,
    )
    const modules = changed
      .filter((file) => file !== cell)
      .map((file) => convertModule(program, file))
    for (const { path, source } of modules) this.converted.set(path, source)
    return { imports: runtimeImports(localImports(program, cell), declared), modules }
  }

  /** Reads the large declarations, where the source uses them. */
  mention(source: string): void {
    const { lazyGlobals } = this.options
    if (!lazyGlobals || this.hasMentioned) return
    if (!this.isImported && !lazyGlobals.mentioned.test(source)) return
    this.hasMentioned = true
    this.lazyGlobals = lazyGlobals.declarations
    this.watched.get(LAZY_GLOBALS_FILE)?.changed()
  }

  watch(path: string, changed: () => void): ts.FileWatcher {
    const key = path.endsWith(`/${LAZY_GLOBALS_FILE}`) ? LAZY_GLOBALS_FILE : path
    if (!path.includes('/node_modules/'))
      this.watched.set(key, { modified: modificationTime(key), changed })
    return { close: () => this.watched.delete(key) }
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
  delete tslabRequire.cache[tslabRequire.resolve('./converter.js')] // which may hold an earlier compiler
  try {
    return tslabRequire('./converter.js') as typeof TslabConverter
  } finally {
    delete tslabRequire.cache[fork]
  }
}

/** Functions of TypeScript's language service that its type declarations leave out. */
interface InternalTypeScript {
  nullTransformationContext: unknown
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void
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

/** What a program knows and does beyond its type declarations. */
type InternalProgram = Omit<ts.Program, 'emit'> & {
  emit: ProgramEmit
  getResolvedModuleFromModuleSpecifier(
    literal: ts.StringLiteralLike,
    from: ts.SourceFile,
  ): { resolvedModule?: ts.ResolvedModuleFull } | undefined
}
type InternalFile = ts.SourceFile & {
  imports?: ts.StringLiteralLike[]
  locals?: Map<string, unknown>
}

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
    transpileModule: (module: string) => {
      state.cell = cellToCommonJs(module, (name) => state.observed.has(name))
      return { outputText: state.cell.code }
    },
    // Functions that only tslab's fork has:
    getNullTransformationContext: () => internal.nullTransformationContext,
    getDefaultTypeRoots: () => [],
    getPreEmitDiagnosticsOfFiles: (program: ts.Program, files: ts.SourceFile[]) =>
      (state.diagnostics = diagnosticsOf(
        program,
        files.flatMap((file) => [...withDependencies(program as unknown as InternalProgram, file)]),
      )),
    getQuickInfoAtPosition: quickInfo,
    Completions: { getCompletionsAtPositionForTslab: completions },
  }
}

/** The compiler's host with our settings, and emission that never fails for want of a declaration. */
function createHost(
  files: string[],
  settings: ts.CompilerOptions,
  tslabSys: ts.System,
  [, reportDiagnostic, reportStatus]: [undefined, ts.DiagnosticReporter, ts.WatchStatusReporter],
  { globals, lazyGlobals, packages, options = {} }: ConverterOptions,
  state: ConverterState,
): object {
  const folder = settings.rootDir ?? process.cwd()
  const made = new Map([
    [join(folder, GLOBALS_FILE), () => globals],
    [join(folder, LAZY_GLOBALS_FILE), () => state.lazyGlobals],
    [join(folder, STAND_IN_FILE), () => lazyGlobals?.standIn],
  ])
  const sys: ts.System = Object.assign(Object.create(tslabSys) as ts.System, {
    readFile: (path: string, encoding?: string) =>
      made.get(path)?.() ?? tslabSys.readFile(path, encoding),
    fileExists: (path: string) => made.has(path) || tslabSys.fileExists(path),
  })
  const { noImplicitUseStrict, disableTopLevelAwait, ...current } = settings
  void [noImplicitUseStrict, disableTopLevelAwait] // settings that only the fork knows
  const resolution = new ModuleResolution(folder, packages, sys, (name, from) => {
    if (name !== lazyGlobals?.package || state.hasMentioned) return undefined
    if (from.startsWith(lazyGlobals.library)) return join(folder, STAND_IN_FILE)
    state.isImported = true
    return undefined
  })
  const { types = [], typeRoots = [], ...chosen } = options
  const host = ts.createWatchCompilerHost(
    [...files, join(folder, GLOBALS_FILE), join(folder, LAZY_GLOBALS_FILE)],
    {
      ...current,
      rootDir: '/', // a cell may import from outside of its folder
      lib: [`lib.${libraryOfNode()}.d.ts`],
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      experimentalDecorators: false,
      allowImportingTsExtensions: true,
      allowUmdGlobalAccess: true, // how a global can be a namespace of types as well
      ...chosen,
      types: [...new Set(['node', ...types])],
      typeRoots: [
        dirname(dirname(require.resolve('@types/node/package.json'))),
        ...(typeRoots.length > 0 ? typeRoots : [join(folder, 'node_modules/@types')]),
      ],
      inlineSourceMap: true,
    },
    sys,
    ts.createAbstractBuilder, // what the others track is for builds, and takes longer than a cell
    reportDiagnostic,
    reportStatus,
  )
  host.resolveModuleNameLiterals = resolution.resolveNames
  host.getModuleResolutionCache = () => resolution.cache
  host.hasInvalidatedResolutions = (path) => resolution.isStale(path)
  // tslab sets this callback to get hold of the program; it gets one with our changes.
  let created: ((builder: ts.BuilderProgram) => void) | undefined
  Object.defineProperty(host, 'afterProgramCreate', {
    get: () => (builder: ts.BuilderProgram) => {
      state.builder = builder
      created?.(adapted(builder, folder))
    },
    set: (callback: typeof created) => (created = callback),
  })
  return host
}

/** The standard library of the running Node: what it lacks should not type-check. */
function libraryOfNode(): string {
  const major = Number(process.versions.node.split('.')[0])
  return major >= 24 ? 'esnext' : major >= 22 ? 'es2024' : 'es2023'
}

/** A program that emits as we need it, and knows which local files a cell depends on. */
function adapted(builder: ts.BuilderProgram, folder: string): ts.BuilderProgram {
  const program = builder.getProgram()
  const internalProgram = program as unknown as InternalProgram
  // tslab asks a program for the names in a cell before anything else: binding finds them, without a checker.
  for (const file of program.getSourceFiles().filter(isCellFile)) {
    internal.bindSourceFile(file, program.getCompilerOptions())
    ;(file as InternalFile).locals?.delete('__global') // `declare global` is no variable to share
  }

  const emit: ts.BuilderProgram['emit'] = (file, write, _cancel, _only, transformers) => {
    const place: ts.WriteFileCallback = (path, text, ...rest) =>
      write?.(`outDir${path.replace(/^outDir/, '').slice(folder.length)}`, text, ...rest)
    const corrections = correctReferences(program.getTypeChecker(), (declaration) =>
      isFromEarlierCells(declaration.getSourceFile()),
    )
    const corrected = { ...transformers, after: [corrections, ...(transformers?.after ?? [])] }
    // Declarations are forced: a type that has no portable name matters to libraries, not to cells.
    return internalProgram.emit(file, place, undefined, undefined, corrected, true)
  }
  // tslab would check and emit these too; we do it ourselves, wherever they lie.
  const getAllDependencies = (file: ts.SourceFile) => [file.fileName]
  return Object.assign(Object.create(builder) as ts.BuilderProgram, { emit, getAllDependencies })
}

function isFromEarlierCells(file: ts.SourceFile): boolean {
  return file.fileName.endsWith(`/${EARLIER_CELLS_FILE}`)
}

/** What a file imports, and the paths of those that are local source files. */
function localImports(
  program: InternalProgram,
  file: InternalFile,
): { specifier: string; path?: string }[] {
  const { imports = [] } = file
  return imports.map((literal) => {
    const found = program.getResolvedModuleFromModuleSpecifier(literal, file)?.resolvedModule
    const path = found && !found.isExternalLibraryImport ? found.resolvedFileName : undefined
    const isSource = path && !program.getSourceFile(path)?.isDeclarationFile
    return { specifier: literal.text, path: isSource ? path : undefined }
  })
}

/** A file and the local files that it imports, directly or not. */
function withDependencies(
  program: InternalProgram,
  file: ts.SourceFile,
  found = new Set<ts.SourceFile>(),
): Set<ts.SourceFile> {
  if (found.has(file)) return found
  found.add(file)
  for (const { path } of localImports(program, file)) {
    const dependency = path === undefined ? undefined : program.getSourceFile(path)
    if (dependency) withDependencies(program, dependency, found)
  }
  return found
}

/** A local file as the runner runs it. */
function convertModule(program: InternalProgram, file: ts.SourceFile): ConvertedModule {
  const { fileName: path, text: source } = file
  let emitted = ''
  const write: ts.WriteFileCallback = (name, text) => {
    if (/\.[cm]?js$/.test(name)) emitted = text
  }
  program.emit(file, write, undefined, undefined, undefined, false)
  const { imports: declared, ...code } = moduleToCommonJs(emitted)
  const imports = runtimeImports(localImports(program, file), declared)
  return { path, source, ...code, imports }
}

/** @param declared what the emitted code still imports by declarations; types are gone from it. */
function runtimeImports(
  imports: { specifier: string; path?: string }[],
  declared: string[],
): ImportedModule[] {
  return imports.map((one) => ({ ...one, declared: declared.includes(one.specifier) }))
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
    ...ts.sys, // for the paths in imports
    getCompilationSettings: () => program.getCompilerOptions(),
    getCurrentDirectory: () => program.getCurrentDirectory(),
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
  }
  const info = internal.Completions.getCompletionsAtPosition(
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
  // What the path in an import completes says each of its completions, and not their list.
  const span = info?.entries[0]?.replacementSpan
  if (span) info.optionalReplacementSpan ??= { ...span }
  return info
}
