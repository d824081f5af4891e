/** `fovea run`: executes notebooks, and writes them and their pages. */
import { mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject, type Notebook, writeNotebook } from '../notebook/format.js'
import { notebookToHtml } from '../notebook/html.js'
import { junitReport, type NotebookReport } from '../notebook/junit.js'
import type { Parameter } from '../notebook/parameters.js'
import { runNotebook, type CellRun } from '../notebook/run.js'
import type { Json, JsonObject } from '../protocol.js'
import { writeWhole } from '../write-whole.js'
import { failureReport, progressLine, timeOf } from './cell-report.js'
import { nameAndValue, readArguments, UsageError } from './command.js'
import { interruptible } from './interruptible.js'
import { findNotebooks, readRunnable, targets } from './notebook-files.js'

export const help = `Usage: fovea run NOTEBOOK… [options]

Runs the cells of notebooks in order, each notebook in a kernel of its own and in its own
folder, and reports on each cell. NOTEBOOK is a file, a folder (with all below it) or a
pattern such as 'labs/**/0?-*.ipynb'. No Jupyter is needed.

An error in a cell ends the run, unless the cell is tagged 'raises-exception'; cells tagged
'skip-execution' are left out. What was run until then is written all the same.

Options:
  -o, --out PATH             write the executed notebook here: a file, or a folder
      --html PATH            write one self-contained page for each notebook: a file, or a folder
      --lang CODE            the language of the page's text (default: the notebook's metadata
                             'lang', else en)
  -p, --parameter NAME=VALUE give a parameter of the notebook another value, read as JSON or
                             else as a text; may be repeated
  -r, --raw NAME=VALUE       the same, always as a text
  -f, --parameters FILE      take parameters from a JSON file
  -t, --timeout SECONDS      the longest that one cell may take (default 600)
  -k, --keep-going           after an error go on, with the next cell and the next notebook
      --junit FILE.xml       write a report in JUnit's form, a test case for each code cell
  -q, --quiet                report nothing but errors

Parameters work as papermill's: the code cell tagged 'parameters' declares them with their
defaults, and a cell tagged 'injected-parameters' behind it sets the values of this run.

Ctrl-C interrupts the cell that runs; what there is by then is written. A second one ends at once.

Exit status: 0 when every cell ran, 1 when one failed, 2 when the command was not understood or
a notebook could not be read, 130 when it was interrupted.

Examples:
  fovea run lecture.ipynb --html lecture.html
  fovea run lectures --out executed --keep-going --junit report.xml
  fovea run train.ipynb -p epochs=3 -p 'classes=["wolf","dog"]' -o trained.ipynb
`

interface Task {
  path: string
  notebook: Notebook
  out?: string
  html?: string
}

interface Settings {
  timeout: number
  keepGoing: boolean
  language?: string
  /** Progress, on stderr. */
  say: (text: string) => void
  /** Where results are, on stdout. */
  tell: (text: string) => void
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    out: { type: 'string', short: 'o' },
    html: { type: 'string' },
    lang: { type: 'string' },
    parameter: { type: 'string', short: 'p', multiple: true, default: [] },
    raw: { type: 'string', short: 'r', multiple: true, default: [] },
    parameters: { type: 'string', short: 'f' },
    timeout: { type: 'string', short: 't', default: '600' },
    'keep-going': { type: 'boolean', short: 'k', default: false },
    junit: { type: 'string' },
    quiet: { type: 'boolean', short: 'q', default: false },
  })
  const timeout = Number(values.timeout)
  if (!(timeout > 0 && timeout <= 1e6))
    throw new UsageError(`--timeout ${values.timeout}: a number of seconds above 0 was expected`)
  const settings: Settings = {
    timeout,
    keepGoing: values['keep-going'],
    language: values.lang,
    say: (text) => void (values.quiet || process.stderr.write(text)),
    tell: (text) => void (values.quiet || process.stdout.write(text)),
  }
  const parameters = await readParameters(values)
  const tasks = await readTasks(positionals, values)
  if (Object.keys(parameters).length > 0)
    for (const { path, notebook } of tasks) await inject(path, notebook, parameters)
  // Found out now rather than after a long run.
  for (const file of [...tasks.flatMap(({ out, html }) => [out, html]), values.junit])
    if (file !== undefined) await mkdir(dirname(file), { recursive: true })

  return interruptible(
    (signal) => runAll(tasks, settings, signal, values.junit),
    () => settings.say(' interrupting …\n'),
  )
}

async function runAll(
  tasks: Task[],
  settings: Settings,
  signal: AbortSignal,
  junit?: string,
): Promise<number> {
  let status = 0
  const reports: NotebookReport[] = []
  try {
    for (const task of tasks) {
      const cells = await runOne(task, settings, signal)
      reports.push({ name: task.path, cells })
      if (signal.aborted) break
      if (!cells.some(({ outcome }) => outcome === 'failed')) continue
      status = 1
      if (!settings.keepGoing) break
    }
  } finally {
    if (junit !== undefined) await writeWhole(junit, junitReport(reports))
  }
  if (tasks.length > 1) summarise(reports, tasks.length, settings)
  if (junit !== undefined) settings.tell(`Report: ${junit}\n`)
  return status
}

/** Runs one notebook and writes what came of it, however the run ended. */
async function runOne(task: Task, settings: Settings, signal: AbortSignal): Promise<CellRun[]> {
  const { path, notebook, out, html } = task
  const { timeout, keepGoing, language, say, tell } = settings
  say(`Running ${path}\n`)
  const started = performance.now()
  const cells = await runNotebook(notebook, {
    cwd: dirname(resolve(path)),
    timeout,
    keepGoing,
    signal,
    onStart: (cell) => say(progressLine(cell)),
    onEnd: (cell) => {
      say(timeOf(cell))
      if (cell.error) process.stderr.write(failureReport(path, cell))
    },
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)

  if (out !== undefined) await writeNotebook(out, notebook)
  if (html !== undefined) {
    const folder = dirname(resolve(path))
    const options = { folder, title: basename(path, '.ipynb'), language }
    await writeWhole(html, notebookToHtml(notebook, options))
  }
  if (!signal.aborted && !cells.some(({ outcome }) => outcome === 'failed'))
    say(`Every cell ran, in ${seconds} s.\n`)
  if (out !== undefined) tell(`Executed notebook: ${out}\n`)
  if (html !== undefined) tell(`Page: ${pathToFileURL(resolve(html)).href}\n`)
  return cells
}

function summarise(reports: NotebookReport[], total: number, { say }: Settings): void {
  const isGood = ({ cells }: NotebookReport) => !cells.some(({ outcome }) => outcome === 'failed')
  const [good, left] = [reports.filter(isGood).length, total - reports.length]
  say(
    `${good} of ${total} notebooks ran without an error${left ? `, ${left} were not run` : ''}.\n`,
  )
}

// What is to be run -------------------------------------------------------------------------------

async function readTasks(
  args: string[],
  { out, html }: { out?: string; html?: string },
): Promise<Task[]> {
  const files = await findNotebooks(args)
  const outs = out === undefined ? [] : targets(files, '--out', out, '.ipynb')
  const pages = html === undefined ? [] : targets(files, '--html', html, '.html')
  const tasks: Task[] = []
  for (const [i, { path }] of files.entries()) {
    tasks.push({ path, notebook: await readRunnable(path), out: outs[i], html: pages[i] })
  }
  return tasks
}

/** Later ones win, and those of the command line over those of a file. */
async function readParameters(values: {
  parameter: string[]
  raw: string[]
  parameters?: string
}): Promise<Record<string, Parameter>> {
  const { parameter, raw, parameters: file } = values
  const found = new Map<string, Parameter>()
  if (file !== undefined)
    for (const [name, value] of Object.entries(await readParameterFile(file)))
      found.set(name, { value: value ?? null })
  if (parameter.length > 0) {
    const { parseParameter } = await import('../notebook/parameters.js')
    for (const text of parameter) {
      const [name, value] = nameAndValue(text, '-p')
      found.set(name, parseParameter(value))
    }
  }
  for (const text of raw) {
    const [name, value] = nameAndValue(text, '-r')
    found.set(name, { value })
  }
  return Object.fromEntries(found)
}

async function readParameterFile(file: string): Promise<JsonObject> {
  try {
    const json = JSON.parse(await readFile(file, 'utf8')) as Json
    if (isObject(json)) return json
  } catch (error) {
    throw new UsageError(`--parameters ${file}: ${(error as Error).message}`)
  }
  throw new UsageError(`--parameters ${file}: a JSON object was expected, {"name": value, …}`)
}

/** Parameters need the compiler, which takes long to load: it is left out where there are none. */
async function inject(
  path: string,
  notebook: Notebook,
  parameters: Record<string, Parameter>,
): Promise<void> {
  const { injectParameters, ParameterError } = await import('../notebook/parameters.js')
  try {
    const { warnings } = injectParameters(notebook, parameters)
    for (const warning of warnings) process.stderr.write(`Warning: ${path}: ${warning}\n`)
  } catch (error) {
    if (error instanceof ParameterError) throw new UsageError(`${path}: ${error.message}`)
    throw error
  }
}
