/** What `import` and `require` find in a cell: packages, local files, and what this package brings along. */
import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { unseeded } from '../magics/seed.js'
import { missingModule } from '../missing.js'
import { functionOf } from './functions.js'
import { IMPORT_FUNCTION, IMPORT_META, type ImportedModule, type LocalModule } from './messages.js'
import * as tslab from './tslab.js'

export type Require = (specifier: string) => unknown

const requireSelf = createRequire(import.meta.url)

/** Found wherever the notebook lies, and one and the same for the library and for cells. */
const BROUGHT_ALONG: Record<string, () => unknown> = {
  // By its path: confined, Node does not look for the package that a file belongs to.
  fovea: () => requireSelf('../../src/index.js') as unknown,
  '@tensorflow/tfjs': tensorflow,
  tslab: () => tslab,
}

function tensorflow(): unknown {
  const tf = requireSelf('@tensorflow/tfjs') as { enableProdMode(): void }
  tf.enableProdMode() // all that it does is to write no advice to a notebook's output
  // By this mark an `import * as tf` is the module itself and not a copy of it.
  return Object.defineProperty(tf, '__esModule', { value: true })
}

/** What `require` says of a module that is for `import` alone: it awaits, or is not exported otherwise. */
const FOR_IMPORT_ALONE = [
  'ERR_REQUIRE_ASYNC_MODULE',
  'ERR_REQUIRE_ESM',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
]

/** What code needs to run as a module: the names of these parameters, and their values for one file. */
export const MODULE_PARAMETERS = [
  'exports',
  'require',
  '__filename',
  '__dirname',
  IMPORT_META,
  IMPORT_FUNCTION,
]

interface Loaded {
  module: { exports: object }
  dependents: Set<string>
  /** Settles when a module that awaits has run. */
  ready?: Promise<unknown>
}

export class Modules {
  private readonly files = new Map<string, LocalModule>()
  private readonly loaded = new Map<string, Loaded>()
  /** What could not be required, and has been imported. */
  private readonly imported = new Map<string, object>()

  /** Takes the code of local files; those that were loaded, and what uses them, load again. */
  add(modules: LocalModule[]): void {
    for (const module of modules) {
      this.files.set(module.path, module)
      this.unload(module.path)
    }
  }

  /** The values of {@link MODULE_PARAMETERS} for code in this file. */
  scopeFor(file: string, exports: object, imports: () => ImportedModule[]): unknown[] {
    const load = async (specifier: unknown) => {
      const one = { specifier: String(specifier), declared: true }
      const known = imports().find((other) => other.specifier === one.specifier)
      await this.prepare([{ ...known, ...one }], file)
      return asNamespace(this.requireFor(file, imports)(one.specifier))
    }
    return [exports, this.requireFor(file, imports), file, dirname(file), importMeta(file), load]
  }

  /** A `require` for code in this file. */
  requireFor(file: string, imports: () => ImportedModule[] = () => []): Require {
    const requireInstalled = createRequire(file)
    const own: Require = (specifier) => {
      if (Object.hasOwn(BROUGHT_ALONG, specifier)) return unseeded(BROUGHT_ALONG[specifier]!)
      const path = this.pathOf(specifier, file, imports())
      if (path?.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8')) as unknown
      if (path) return this.load(path, file).module.exports
      const imported = this.imported.get(keyOf(specifier, file))
      if (imported) return imported
      try {
        return unseeded<unknown>(() => requireInstalled(specifier))
      } catch (error) {
        throw explained(error, specifier, dirname(file))
      }
    }
    return Object.assign(own, { resolve: requireInstalled.resolve, cache: requireInstalled.cache })
  }

  /** Loads what the declarations of a file import, as far as that takes waiting. */
  async prepare(imports: ImportedModule[], file: string, seen = new Set<string>()): Promise<void> {
    for (const { specifier, declared } of imports) {
      if (!declared || Object.hasOwn(BROUGHT_ALONG, specifier) || isBuiltin(specifier)) continue
      const path = this.pathOf(specifier, file, imports)
      if (path) await this.prepareFile(path, file, seen)
      else await this.preparePackage(specifier, file)
    }
  }

  private async prepareFile(path: string, dependent: string, seen: Set<string>): Promise<void> {
    const module = this.files.get(path)
    if (!module || seen.has(path)) return
    seen.add(path)
    await this.prepare(module.imports, path, seen)
    if (module.awaits) await this.load(path, dependent).ready
  }

  private async preparePackage(specifier: string, file: string): Promise<void> {
    const key = keyOf(specifier, file)
    if (this.imported.has(key)) return
    try {
      unseeded<unknown>(() => createRequire(file)(specifier))
    } catch (error) {
      const { code = '' } = error as { code?: string }
      if (!FOR_IMPORT_ALONE.includes(code)) return // the code that needs it throws it
      const load = functionOf('return import(specifier)', ['specifier'], file, false)
      this.imported.set(key, asModule((await load(specifier)) as object))
    }
  }

  /** The local file that a specifier leads to. */
  private pathOf(specifier: string, file: string, imports: ImportedModule[]): string | undefined {
    const known = imports.find((one) => one.specifier === specifier)?.path
    if (known) return known
    if (!/^\.|^\//.test(specifier)) return undefined
    const path = resolve(dirname(file), specifier)
    const stem = /^\.[cm]?js$/.test(extname(path)) ? path.slice(0, -extname(path).length) : path
    const names = ['.ts', '.tsx', '.mts', '.cts', '/index.ts'].map((end) => stem + end)
    return [path, ...names].find((candidate) => this.files.has(candidate))
  }

  private load(path: string, dependent: string): Loaded {
    let entry = this.loaded.get(path)
    if (!entry) {
      const { code, awaits, imports } = this.files.get(path)!
      const module = { exports: {} }
      entry = { module, dependents: new Set() }
      this.loaded.set(path, entry) // before it runs, as modules may import each other
      const run = functionOf(code, [...MODULE_PARAMETERS, 'module'], path, awaits)
      try {
        const done = run(...this.scopeFor(path, module.exports, () => imports), module)
        if (awaits) {
          entry.ready = done as Promise<unknown>
          entry.ready.catch(() => this.loaded.delete(path))
        }
      } catch (error) {
        this.loaded.delete(path)
        throw error
      }
    }
    entry.dependents.add(dependent)
    return entry
  }

  private unload(path: string): void {
    const entry = this.loaded.get(path)
    if (!entry) return
    this.loaded.delete(path)
    for (const dependent of entry.dependents) this.unload(dependent)
  }
}

function keyOf(specifier: string, file: string): string {
  return join(dirname(file), '\0', specifier)
}

function importMeta(file: string): object {
  const { resolve: path } = createRequire(file)
  return {
    dirname: dirname(file),
    filename: file,
    url: pathToFileURL(file).href,
    resolve: (specifier: string) => {
      if (isBuiltin(specifier)) return `node:${specifier.replace(/^node:/, '')}`
      if (/^\w[\w+.-]+:/.test(specifier)) return specifier
      if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, pathToFileURL(file)).href
      return pathToFileURL(path(specifier)).href
    },
  }
}

/** An ES module's namespace, with the mark by which CommonJS code knows it as one. */
function asModule(namespace: object): object {
  const getters = Object.keys(namespace).map((name) => [
    name,
    { get: () => (namespace as Record<string, unknown>)[name], enumerable: true },
  ])
  const module = Object.create(null, Object.fromEntries(getters) as PropertyDescriptorMap) as object
  return Object.defineProperty(module, '__esModule', { value: true })
}

/** What `import()` gives of a module of either kind. */
function asNamespace(module: unknown): unknown {
  const isModule = typeof module === 'object' && module !== null && '__esModule' in module
  if (isModule) return module
  const isObject = (typeof module === 'object' && module !== null) || typeof module === 'function'
  return { ...(isObject ? module : {}), default: module }
}

/** A missing module is no matter of `require` stacks, but of what to install. */
function explained(error: unknown, specifier: string, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${specifier}'`)) return error
  const missing = new Error(missingModule(specifier, folder))
  return Object.defineProperty(missing, 'code', { value: code }) // for `catch`, not for the reader
}
