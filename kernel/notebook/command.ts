/** The command `fovea run`: executes a notebook, and writes it and its page. */
import { mkdir, readdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { closest, distance } from 'fastest-levenshtein'
import { NotebookFormatError, readNotebook, writeNotebook, writeWhole } from './format.js'
import type { CodeCell, Notebook } from './format.js'
import { notebookToHtml } from './html.js'
import { NotebookLanguageError, runNotebook, type CellFailure, type NumberedCell } from './run.js'

const help = `Usage: fovea run NOTEBOOK [options]

Runs the cells of a notebook in order, in the notebook's folder, and reports on each.
An error in a cell ends the run, unless the cell is tagged 'raises-exception'; cells
tagged 'skip-execution' are left out. What was run until then is written all the same.

Options:
  --out FILE.ipynb     write the executed notebook here
  --html FILE.html     write one self-contained page here
  --timeout SECONDS    the longest that one cell may take (default 600)
  --help               show this help

Exit status: 0 when every cell ran, 1 when one failed, 2 when the command was not
understood or the notebook could not be read, 130 when it was interrupted.
`

/** What is wrong with the command line, in a sentence. */
class UsageError extends Error {}

interface Command {
  path: string
  out?: string
  html?: string
  timeout: number
}

/**
 * Runs the command and reports on stdout, errors on stderr.
 *
 * @param args what follows `fovea run`
 * @returns the exit status, as the help describes it
 * @example process.exitCode = await runNotebookCommand(['lecture.ipynb', '--html', 'lecture.html'])
 */
export async function runNotebookCommand(args: string[]): Promise<number> {
  try {
    const command = parseCommand(args)
    if (command === 'help') {
      process.stdout.write(help)
      return 0
    }
    const notebook = await readOrExplain(command.path)
    return await runAndWrite(notebook, command)
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`fovea run: ${error.message}\n`)
      process.stderr.write("'fovea run --help' shows how it is used.\n")
      return 2
    }
    if (error instanceof NotebookFormatError || error instanceof NotebookLanguageError) {
      process.stderr.write(`fovea run: ${error.message}\n`)
      return 2
    }
    process.stderr.write(`fovea run: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

async function runAndWrite(notebook: Notebook, command: Command): Promise<number> {
  const { path, out, html, timeout } = command
  // Found out now rather than after a long run.
  for (const file of [out, html])
    if (file !== undefined) await mkdir(dirname(file), { recursive: true })

  const stop = new AbortController()
  const onInterrupt = () => {
    if (stop.signal.aborted) process.exit(130) // asked twice: the kernel sees that and ends as well
    stop.abort()
    process.stdout.write(' interrupting …')
  }
  process.on('SIGINT', onInterrupt)
  let failure: CellFailure | undefined
  const started = performance.now()
  try {
    process.stdout.write(`Running ${path}\n`)
    failure = await runNotebook(notebook, {
      cwd: dirname(resolve(path)),
      timeout,
      signal: stop.signal,
      onStart: (cell) => process.stdout.write(progressLine(cell)),
      onEnd: (_, seconds) => process.stdout.write(`${seconds.toFixed(2).padStart(8)} s\n`),
    })
  } finally {
    process.off('SIGINT', onInterrupt)
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)

  if (out !== undefined) await writeNotebook(out, notebook)
  if (html !== undefined) {
    const options = { folder: dirname(resolve(path)), title: basename(path, '.ipynb') }
    await writeWhole(html, notebookToHtml(notebook, options))
  }
  if (failure) process.stderr.write(failureReport(failure))
  else process.stdout.write(`Every cell ran, in ${seconds} s.\n`)
  if (out !== undefined) process.stdout.write(`Executed notebook: ${out}\n`)
  if (html !== undefined) process.stdout.write(`Page: ${pathToFileURL(resolve(html)).href}\n`)
  if (stop.signal.aborted) return 130
  return failure ? 1 : 0
}

function parseCommand(args: string[]): Command | 'help' {
  const { values, positionals } = parseOptions(args)
  if (values.help) return 'help'
  const [path, ...more] = positionals
  if (path === undefined)
    throw new UsageError('which notebook? A file such as lecture.ipynb was expected')
  if (more.length > 0)
    throw new UsageError(`one notebook was expected, not ${positionals.join(', ')}`)
  const { out, html } = values
  if (html !== undefined && [out, path].some((other) => other && resolve(other) === resolve(html)))
    throw new UsageError(`--html would overwrite the notebook ${html}`)
  const timeout = Number(values.timeout)
  if (!(timeout > 0 && timeout <= 1e6))
    throw new UsageError(`--timeout ${values.timeout}: a number of seconds above 0 was expected`)
  return { path, out, html, timeout }
}

const options = {
  out: { type: 'string' },
  html: { type: 'string' },
  timeout: { type: 'string', default: '600' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function parseOptions(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const [sentence = ''] = String(error instanceof Error ? error.message : error).split('. ')
    const unknown = /^Unknown option '--([^']*)'/.exec(sentence)?.[1]
    const near = unknown && nearest(unknown, Object.keys(options))
    throw new UsageError(sentence + (near ? `; did you mean '--${near}'?` : ''))
  }
}

async function readOrExplain(path: string): Promise<Notebook> {
  try {
    return await readNotebook(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EISDIR') throw new UsageError(`${path} is a folder, not a notebook`)
    if (code !== 'ENOENT') throw error
    const files = await readdir(dirname(path)).catch(() => [])
    const notebooks = files.filter((file) => file.endsWith('.ipynb'))
    const near = nearest(basename(path), notebooks)
    throw new UsageError(
      `there is no file ${path}` + (near ? `; the nearest in that folder is ${near}` : ''),
    )
  }
}

/** The name most like the one given, unless none is like it. */
function nearest(name: string, names: string[]): string | undefined {
  if (names.length === 0) return undefined
  const found = closest(name, names)
  return distance(name, found) <= Math.max(2, name.length / 2) ? found : undefined
}

const LINE_WIDTH = 72

function progressLine({ cell, number, total }: NumberedCell): string {
  const position = `[${String(number).padStart(String(total).length)}/${total}] `
  const line = position + firstLine(cell)
  return line.length > LINE_WIDTH ? `${line.slice(0, LINE_WIDTH - 1)}…` : line.padEnd(LINE_WIDTH)
}

/** The cell, its first line and the error, with the colours of the traceback on a terminal only. */
function failureReport({ cell, number, error }: CellFailure): string {
  const { ename, evalue, traceback } = error
  const text = traceback.length > 0 ? traceback.join('\n') : `${ename}: ${evalue}`
  const shown = process.stderr.isTTY ? text : stripVTControlCharacters(text)
  return `\nCell [${number}] failed: ${firstLine(cell)}\n${shown}\n`
}

function firstLine(cell: CodeCell): string {
  return cell.source.trim().split('\n', 1)[0] ?? ''
}
