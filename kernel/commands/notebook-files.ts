/** Which notebooks a command is to read, and where it writes what it makes of them. */
import { existsSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, parse, relative, resolve, sep } from 'node:path'
import { NotebookFormatError, readNotebook, type Notebook } from '../notebook/format.js'
import { nearest } from '../nearest.js'
import { checkLanguage, NotebookLanguageError } from '../notebook/run.js'
import { UsageError } from './command.js'

export interface NotebookFile {
  /** As it was given. */
  path: string
  /** Its path from the folder or the pattern that it was found by; for a file its name. */
  name: string
}

/**
 * The notebooks that files, folders (with all below them) and patterns (`*`, `**`, `?`, which not
 * every shell expands) name, each once.
 *
 * @throws UsageError for what names none.
 * @example await findNotebooks(['lectures', 'labs/0?-*.ipynb'])
 */
export async function findNotebooks(args: string[]): Promise<NotebookFile[]> {
  if (args.length === 0)
    throw new UsageError('which notebook? A file such as lecture.ipynb was expected')
  const found = new Map<string, NotebookFile>()
  for (const arg of args)
    for (const file of await notebooksOf(arg))
      if (!found.has(resolve(file.path))) found.set(resolve(file.path), file)
  return [...found.values()]
}

async function notebooksOf(arg: string): Promise<NotebookFile[]> {
  const kind = await stat(arg).catch(() => undefined)
  if (kind?.isDirectory()) {
    const names = await notebooksBelow(arg)
    if (names.length === 0) throw new UsageError(`the folder ${arg} holds no notebooks`)
    return names.map((name) => ({ path: join(arg, name), name }))
  }
  if (kind || !/[*?]/.test(arg)) return [{ path: arg, name: basename(arg) }]
  const base = fixedPart(arg)
  const matches = patternOf(relative(base, arg))
  const names = (await notebooksBelow(base)).filter((name) => matches.test(name))
  if (names.length === 0) throw new UsageError(`no notebook matches ${arg}`)
  return names.map((name) => ({ path: join(base, name), name }))
}

/** The folder of a pattern, up to its first wildcard. */
function fixedPart(pattern: string): string {
  let folder = dirname(pattern)
  while (/[*?]/.test(folder)) folder = dirname(folder)
  return folder
}

function patternOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*[\\/]|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    if (part.length === 3) return `(?:.*[\\\\/])?`
    if (part === '*') return '[^\\\\/]*'
    if (part === '?') return '[^\\\\/]'
    return sep === '\\' && part === '\\' ? '[\\\\/]' : `\\${part}`
  })
  return new RegExp(`^${source}$`)
}

/** Their paths, sorted. Hidden folders, Jupyter's checkpoints among them, and packages are left out. */
async function notebooksBelow(folder: string): Promise<string[]> {
  const found: string[] = []
  const visit = async (inner: string): Promise<void> => {
    const entries = await readdir(join(folder, inner), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const path = join(inner, entry.name)
      if (entry.isDirectory()) await visit(path)
      else if (extname(entry.name) === '.ipynb') found.push(path)
    }
  }
  await visit('')
  return found.sort()
}

/** @throws UsageError where the file is not there, is no notebook, or may not be read. */
export async function readOrExplain(path: string): Promise<Notebook> {
  try {
    return await readNotebook(path)
  } catch (error) {
    if (error instanceof NotebookFormatError) throw new UsageError(error.message)
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new UsageError(`${path} cannot be read: ${message}`)
    const files = await readdir(dirname(path)).catch(() => [])
    const notebooks = files.filter((file) => file.endsWith('.ipynb'))
    const near = nearest(basename(path), notebooks)
    throw new UsageError(
      `there is no file ${path}` + (near ? `; the nearest in that folder is ${near}` : ''),
    )
  }
}

/** @throws UsageError also where the notebook is in another language. */
export async function readRunnable(path: string): Promise<Notebook> {
  const notebook = await readOrExplain(path)
  try {
    checkLanguage(notebook)
  } catch (error) {
    if (error instanceof NotebookLanguageError) throw new UsageError(`${path}: ${error.message}`)
    throw error
  }
  return notebook
}

/**
 * Where each notebook's result goes: into the file that an option names, for a single notebook,
 * else below the folder that it names, under the notebook's own path and with the extension.
 *
 * @throws UsageError where two would be written to one file, and where a notebook would be overwritten
 * by something else.
 */
export function targets(
  files: NotebookFile[],
  option: string,
  target: string,
  extension: '.html' | '.ipynb' | '.ts' | '.mts',
): string[] {
  const [only] = files
  const isFolder = /[\\/]$/.test(target) || (existsSync(target) && statSync(target).isDirectory())
  const isFile =
    !isFolder &&
    (extname(target) === extension || (extension === '.html' && extname(target) === '.htm'))
  if (files.length > 1 && isFile)
    throw new UsageError(
      `${option} ${target} is one file, for ${files.length} notebooks; a folder was expected`,
    )
  const paths =
    isFile && only ? [target] : files.map(({ name }) => join(target, renamed(name, extension)))
  const taken = new Map<string, string>()
  paths.forEach((path, i) => {
    const { path: source } = files[i]!
    const other = taken.get(path)
    if (other !== undefined)
      throw new UsageError(`${option}: ${other} and ${source} would both be written to ${path}`)
    taken.set(path, source)
    if (existsSync(path) && statSync(path).isDirectory())
      throw new UsageError(`${option}: ${path} is a folder`)
    const overwritten = files.find((file) => resolve(file.path) === resolve(path))
    if (overwritten && (extension !== '.ipynb' || overwritten.path !== source))
      throw new UsageError(`${option} would overwrite the notebook ${overwritten.path}`)
  })
  return paths
}

/** The path with another extension. */
export function renamed(path: string, extension: string): string {
  const { dir, name } = parse(path)
  return join(dir, name + extension)
}
