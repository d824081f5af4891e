/** What `import` and `require` find in a cell: packages, local TypeScript files, and this package. */
import { createRequire } from 'node:module'
import { dirname, extname, resolve } from 'node:path'
import vm from 'node:vm'
import type { LocalModule } from '../tslab.js'

export type Require = (specifier: string) => unknown

const requireSelf = createRequire(import.meta.url)

interface Loaded {
  module: { exports: unknown }
  dependents: Set<string>
}

export class Modules {
  private readonly code = new Map<string, string>()
  private readonly loaded = new Map<string, Loaded>()

  /** Takes the compiled code of local files; those that were loaded, and what uses them, load again. */
  add(modules: LocalModule[]): void {
    for (const { path, code } of modules) {
      this.code.set(path, code)
      this.unload(path)
    }
  }

  /** A `require` for code that lies in this file. */
  requireFor(file: string): Require {
    const requireInstalled = createRequire(file)
    const own: Require = (specifier) => {
      if (specifier === 'fovea') return requireSelf(specifier)
      const path = this.localPath(resolve(dirname(file), specifier))
      if (/^\.|^\//.test(specifier) && path) return this.load(path, file)
      return requireInstalled(specifier) as unknown
    }
    return Object.assign(own, { resolve: requireInstalled.resolve, cache: requireInstalled.cache })
  }

  private localPath(path: string): string | undefined {
    const extension = extname(path)
    const candidates = [
      path,
      `${path}.js`,
      ...(/^\.[cm]?[jt]sx?$/.test(extension) ? [`${path.slice(0, -extension.length)}.js`] : []),
      resolve(path, 'index.js'),
    ]
    return candidates.find((candidate) => this.code.has(candidate))
  }

  private load(path: string, dependent: string): unknown {
    let entry = this.loaded.get(path)
    if (!entry) {
      const module = { exports: {} as unknown }
      entry = { module, dependents: new Set() }
      this.loaded.set(path, entry) // before it runs, as modules may import each other
      const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
      const run = vm.compileFunction(this.code.get(path)!, parameters, { filename: path }) as (
        ...values: unknown[]
      ) => void
      try {
        run.call(undefined, module.exports, this.requireFor(path), module, path, dirname(path))
      } catch (error) {
        this.loaded.delete(path)
        throw error
      }
    }
    entry.dependents.add(dependent)
    return entry.module.exports
  }

  private unload(path: string): void {
    const entry = this.loaded.get(path)
    if (!entry) return
    this.loaded.delete(path)
    for (const dependent of entry.dependents) this.unload(dependent)
  }
}
