/** Keeps the code of cells from the machine's files and programs, for notebooks that nobody trusts. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import process from 'node:process'
import { packageFolder } from './preloaded.js'

/**
 * Options for Node's permission model, where `FOVEA_CONFINED` is 1: cells may read this package, what it depends on,
 * `FOVEA_MODELS` and the folder that they run in; they write no file, start no program, and attach no debugger.
 * Without a debugger, an endless loop is ended with the process, and the variables are lost.
 *
 * Native code of installed packages is not bound by it, nor is the network.
 */
export function confinement(): string[] {
  if (process.env.FOVEA_CONFINED !== '1') return []
  const [permission] = ['--permission', '--experimental-permission'].filter((flag) =>
    process.allowedNodeEnvironmentFlags.has(flag),
  )
  if (!permission) throw new Error('FOVEA_CONFINED needs Node 20.12 or later')
  return [
    permission,
    '--disable-warning=SecurityWarning', // of what the next two could be used for
    '--allow-addons',
    '--allow-worker',
    ...readable().map((path) => `--allow-fs-read=${path}`),
  ]
}

function readable(): string[] {
  const models = process.env.FOVEA_MODELS
  const folders = [
    ...['dist', 'models'].map((name) => join(packageFolder, name)),
    ...modulesAbove(packageFolder),
    ...(models ? [models] : []),
    process.cwd(),
  ]
  const real = folders.filter((path) => existsSync(path)).map((path) => realpathSync(path) + sep)
  // One inside of another is left out: Node 20 aborts where it is given both.
  const outermost = real.filter((path) => !real.some((one) => one !== path && path.startsWith(one)))
  return [...new Set(outermost), realpathSync(join(packageFolder, 'package.json'))]
}

function modulesAbove(folder: string): string[] {
  const parent = dirname(folder)
  const own = join(folder, 'node_modules')
  return parent === folder ? [own] : [own, ...modulesAbove(parent)]
}
