/** `fovea convert`: notebooks to pages or programs, without running them. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { notebookToHtml } from '../notebook/html.js'
import type { Notebook } from '../notebook/format.js'
import { writeWhole } from '../write-whole.js'
import { nearest } from '../nearest.js'
import { readArguments, UsageError } from './command.js'
import { findNotebooks, readOrExplain, renamed, targets } from './notebook-files.js'

export const help = `Usage: fovea convert NOTEBOOK… --to html|script [options]

Makes a self-contained page, or a TypeScript program, of each notebook, without running it.
NOTEBOOK is a file, a folder (with all below it) or a pattern such as 'labs/*.ipynb'.

The program is an ES module for tsx, or for Node from 22.18 on: text becomes comments, imports
stand at the top, preloaded names are imported, the value of a cell's last expression is printed,
and cell extensions are commented out. It is called .ts in a folder whose package.json has
"type": "module", and .mts elsewhere, where .ts would not be taken for a module.

Options:
      --to html|script   what to make
  -o, --out PATH         a file, or a folder (default: beside each notebook)
      --lang CODE        the language of the page's text (default: the notebook's metadata
                         'lang', else en)
      --force            overwrite a program that fovea convert did not make

Examples:
  fovea convert lecture.ipynb --to html
  fovea convert lectures --to script --out programs
`

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    to: { type: 'string' },
    out: { type: 'string', short: 'o' },
    lang: { type: 'string' },
    force: { type: 'boolean', default: false },
  })
  const { to, out, lang, force } = values
  if (to !== 'html' && to !== 'script') {
    const near = to && nearest(to, ['html', 'script'])
    const given = to === undefined ? '--to is missing' : `--to ${to} is unknown`
    throw new UsageError(
      `${given}; ${near ? `did you mean --to ${near}?` : '--to html or --to script was expected'}`,
    )
  }
  const files = await findNotebooks(positionals)
  const extensionOf = async (path: string) =>
    to === 'html' ? '.html' : (await isModuleFolder(dirname(resolve(path)))) ? '.ts' : '.mts'
  const paths =
    out === undefined
      ? await Promise.all(files.map(async ({ path }) => renamed(path, await extensionOf(path))))
      : targets(
          files,
          '--out',
          out,
          to === 'html' || /\.m?ts$/.test(out)
            ? extensionIn(out, to)
            : await extensionOf(join(out, '_')),
        )
  const notebooks: Notebook[] = []
  for (const { path } of files) notebooks.push(await readOrExplain(path))
  if (to === 'script' && !force) for (const path of paths) await refuseToOverwrite(path)

  for (const [i, notebook] of notebooks.entries()) {
    const { path } = files[i]!
    await writeWhole(paths[i]!, await converted(notebook, path, to, lang))
    console.log(paths[i])
  }
  return 0
}

async function converted(
  notebook: Notebook,
  path: string,
  to: 'html' | 'script',
  language?: string,
): Promise<string> {
  const name = basename(path)
  if (to === 'html') {
    const options = { folder: dirname(resolve(path)), title: basename(path, '.ipynb'), language }
    return notebookToHtml(notebook, options)
  }
  const { checkLanguage } = await import('../notebook/run.js')
  try {
    checkLanguage(notebook)
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`)
  }
  const { notebookToScript } = await import('../notebook/script.js')
  return notebookToScript(notebook, name)
}

function extensionIn(out: string, to: 'html' | 'script'): '.html' | '.ts' | '.mts' {
  return to === 'html' ? '.html' : out.endsWith('.mts') ? '.mts' : '.ts'
}

/** A program beside a notebook may be one that the notebook imports. */
async function refuseToOverwrite(path: string): Promise<void> {
  if (!existsSync(path)) return
  const { SCRIPT_MARK } = await import('../notebook/script.js')
  const text = await readFile(path, 'utf8')
  if (!text.startsWith(SCRIPT_MARK))
    throw new UsageError(`${path} was not made by fovea convert; --force overwrites it`)
}

/** Whether Node takes a `.ts` file in this folder for an ES module. */
async function isModuleFolder(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const text = await readFile(join(at, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) {
      try {
        return (JSON.parse(text) as { type?: unknown }).type === 'module'
      } catch {
        return false
      }
    }
    if (dirname(at) === at) return false
  }
}
