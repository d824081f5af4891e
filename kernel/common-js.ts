/** From the ES modules that TypeScript emits to the CommonJS that the runner runs. */
import { shareBindings } from './bindings.js'
import { Edits } from './edits.js'
import { awaitsAtTopLevel, parseModule, redirectImports } from './imports.js'
import ts from './typescript.cjs'

export interface SourceMaps {
  /** From the JavaScript that runs (CommonJS) to the ES module that was emitted. */
  commonJs: string
  /** From that ES module to the TypeScript. */
  module: string
}

export interface CommonJs {
  code: string
  /** Whether the code awaits outside of any function. */
  awaits: boolean
  /** The modules that it imports by declarations. */
  imports: string[]
  maps?: SourceMaps
}

/** A cell, whose variables are shared with other cells. */
export function cellToCommonJs(
  emitted: string,
  isObserved: (name: string) => boolean,
): CommonJs & { observed: string[] } {
  const { text, map } = splitSourceMap(emitted)
  const { code, awaits, imports, observed } = shareBindings(text, isObserved)
  return { ...transpile(code, map), awaits, imports, observed }
}

/** A local file. */
export function moduleToCommonJs(emitted: string): CommonJs {
  const { text, map } = splitSourceMap(emitted)
  const file = parseModule(text)
  const edits = new Edits(text)
  const imports = redirectImports(file, edits)
  return { ...transpile(edits.apply(), map), awaits: awaitsAtTopLevel(file), imports }
}

function transpile(code: string, map: string | undefined): { code: string; maps?: SourceMaps } {
  const { outputText, sourceMapText } = ts.transpileModule(code, {
    fileName: 'cell.js',
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      target: ts.ScriptTarget.ES2022,
      newLine: ts.NewLineKind.LineFeed,
      sourceMap: map !== undefined,
    },
  })
  const maps = map && sourceMapText ? { commonJs: sourceMapText, module: map } : undefined
  return { code: splitSourceMap(outputText).text, maps }
}

function splitSourceMap(code: string): { text: string; map?: string } {
  const match = /\n?\/\/# sourceMappingURL=(?:data:application\/json;base64,)?(\S+)\s*$/.exec(code)
  if (!match) return { text: code }
  return { text: code.slice(0, match.index), map: Buffer.from(match[1]!, 'base64').toString() }
}
