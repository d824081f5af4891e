/** What to tell about an import that leads nowhere. It runs in both processes. */
import { closest, distance } from 'fastest-levenshtein'
import { readdirSync, type Dirent } from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'

/** What every notebook finds. */
const BROUGHT_ALONG = ['fovea', '@tensorflow/tfjs', 'tslab']

/** @param folder of the file that imports, or of the notebook. */
export function missingModule(specifier: string, folder: string): string {
  if (/^[./]/.test(specifier)) {
    const near = nearest(basename(specifier), filesIn(dirname(resolve(folder, specifier))))
    const path = near && join(dirname(specifier), near)
    const hint = path ? ` Did you mean '${/^[./]/.test(path) ? path : `./${path}`}'?` : ''
    return `There is no file '${specifier}' in ${folder}.${hint}`
  }
  if (specifier.startsWith('node:')) {
    const near = nearest(specifier.slice(5), builtinModules)
    return `Node has no module '${specifier}'.${near ? ` Did you mean 'node:${near}'?` : ''}`
  }
  const name = packageOf(specifier)
  const near = nearest(name, [...BROUGHT_ALONG, ...builtinModules, ...installedAround(folder)])
  if (near === name)
    return `The package '${name}' is installed, but has no '${specifier}' that can be imported.`
  const hint = near ? ` Did you mean '${near}'?` : ''
  return `The package '${name}' is not installed.${hint} To install it, run in ${folder}: npm install ${name}`
}

/** `@scope/name` of `@scope/name/part`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined
  const best = closest(name, candidates)
  return distance(name, best) <= Math.max(1, Math.floor(name.length / 3)) ? best : undefined
}

/** Modules, without the extensions that imports leave out. */
function filesIn(folder: string): string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory() || /\.([cm]?[jt]sx?|json)$/.test(entry.name))
    .map(({ name }) => (/\.[cm]?[jt]sx?$/.test(name) ? name.slice(0, -extname(name).length) : name))
}

/** The packages in the folder's node_modules and in those above it. */
function installedAround(folder: string): string[] {
  const root = join(folder, 'node_modules')
  const here = entries(root).flatMap(({ name }) =>
    name.startsWith('@')
      ? entries(join(root, name)).map((entry) => `${name}/${entry.name}`)
      : [name],
  )
  const above = dirname(folder)
  return relative(above, folder) === '' ? here : [...here, ...installedAround(above)]
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
