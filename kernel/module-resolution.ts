/** Where imports lead, for the language service. */
import ts from './typescript.cjs'

export type ResolveNames = NonNullable<ts.CompilerHost['resolveModuleNameLiterals']>

/**
 * Resolves imports as a bundler does. What packages import is remembered; the notebook's own imports are
 * looked up each time, so that a file or a package that has just been made is found.
 */
export class ModuleResolution {
  /** The notebook's files with an import that led nowhere. */
  private readonly unresolved = new Set<string>()
  /** Those of the library's files that were led to the stand-in of a package. */
  private readonly stoodIn = new Set<string>()
  /** For what packages import, and for the compiler's own look at their package.json. */
  readonly cache: ts.ModuleResolutionCache

  /**
   * @param packages those that every notebook finds, with the files of their types.
   * @param standIn for the types of a package, as long as no cell mentions it.
   */
  constructor(
    folder: string,
    private readonly packages: Record<string, string>,
    private readonly host: ts.ModuleResolutionHost,
    private readonly standIn: (name: string, from: string) => string | undefined,
  ) {
    this.cache = ts.createModuleResolutionCache(folder, (path) => path)
  }

  /** Whether the imports of a file may lead elsewhere now. */
  isStale(file: string): boolean {
    return this.unresolved.has(file) || this.stoodIn.has(file)
  }

  resolveNames: ResolveNames = (literals, from, redirect, options, file) => {
    const isForeign = from.includes('/node_modules/')
    this.stoodIn.delete(from)
    const resolved = literals.map((literal) => {
      const { text: name } = literal
      const standIn = this.standIn(name, from)
      if (standIn) this.stoodIn.add(from)
      const types = standIn ?? this.packages[name]
      if (types !== undefined) return resolvedTo(types)
      const mode = ts.getModeForUsageLocation(file, literal, options)
      const cache = isForeign ? this.cache : undefined
      return ts.resolveModuleName(name, from, options, this.host, cache, redirect, mode)
    })
    if (isForeign) return resolved
    if (resolved.every(({ resolvedModule }) => resolvedModule)) this.unresolved.delete(from)
    else this.unresolved.add(from)
    return resolved
  }
}

function resolvedTo(types: string): ts.ResolvedModuleWithFailedLookupLocations {
  const extension = ts.Extension.Dts
  return {
    resolvedModule: { resolvedFileName: types, extension, isExternalLibraryImport: true },
  }
}
