/** The `tsconfig.json` beside a notebook: how strict TypeScript is with its cells. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import ts from './typescript.cjs'

/**
 * The compiler options that are honoured, in the file itself and in those that it extends. The others
 * say how a project is built or which code is to be left out, which has no meaning in a notebook: what
 * runs is always compiled for the running Node, and an unused variable is one that the next cell uses.
 */
export const HONOURED = [
  'strict',
  'strictBindCallApply',
  'strictBuiltinIteratorReturn',
  'strictFunctionTypes',
  'strictNullChecks',
  'strictPropertyInitialization',
  'noImplicitAny',
  'noImplicitOverride',
  'noImplicitReturns',
  'noImplicitThis',
  'noFallthroughCasesInSwitch',
  'noPropertyAccessFromIndexSignature',
  'noUncheckedIndexedAccess',
  'exactOptionalPropertyTypes',
  'useUnknownInCatchVariables',
  'allowUnreachableCode',
  'allowUnusedLabels',
  'lib',
  'types',
  'typeRoots',
  'paths',
  'baseUrl',
  'pathsBasePath', // where `paths` begin; the compiler's own note
  'customConditions',
  'allowSyntheticDefaultImports',
  'checkJs',
  'jsx',
  'jsxFactory',
  'jsxFragmentFactory',
  'experimentalDecorators',
  'emitDecoratorMetadata',
  'useDefineForClassFields',
]

/** That it lists no files, or that none match: a notebook is not among them anyhow. */
const NO_FILES = [18002, 18003]

export interface NotebookConfig {
  options: ts.CompilerOptions
  /** What is wrong with the file; it is then left out of account. */
  diagnostics: readonly ts.Diagnostic[]
  /** Whether a file that it was read from has changed. */
  isStale(): boolean
}

export function readConfig(folder: string): NotebookConfig {
  const path = join(folder, 'tsconfig.json')
  const read = new Map([[path, modificationTime(path)]])
  const isStale = () => [...read].some(([file, time]) => modificationTime(file) !== time)
  if (!ts.sys.fileExists(path)) return { options: {}, diagnostics: [], isStale }

  const readFile = (file: string) => {
    read.set(file, modificationTime(file))
    return ts.sys.readFile(file)
  }
  const source = ts.readJsonConfigFile(path, readFile) as ts.TsConfigSourceFile & {
    parseDiagnostics: ts.Diagnostic[]
  }
  const host: ts.ParseConfigHost = {
    useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
    fileExists: (file) => ts.sys.fileExists(file),
    readFile,
    readDirectory: () => [],
  }
  const { options, errors } = ts.parseJsonSourceFileConfigFileContent(
    source,
    host,
    folder,
    undefined,
    path,
  )
  const problems = errors.filter(({ code }) => !NO_FILES.includes(code))
  const diagnostics = [...source.parseDiagnostics, ...problems]
  if (diagnostics.length > 0) return { options: {}, diagnostics, isStale }
  const honoured = HONOURED.filter((name) => options[name] !== undefined)
  return {
    options: Object.fromEntries(honoured.map((name) => [name, options[name]])),
    diagnostics,
    isStale,
  }
}

function modificationTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
