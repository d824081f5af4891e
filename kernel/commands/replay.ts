/** `fovea replay`: whether a notebook's results come out again. */
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ResultRecord } from '../../src/record.js'
import { packageVersion } from '../install.js'
import { writeNotebook, type Notebook } from '../notebook/format.js'
import { junitReport, type NotebookReport } from '../notebook/junit.js'
import { numberedCells, type CellRun } from '../notebook/run.js'
import type { Tolerances } from '../replay/difference.js'
import { checkLock, LockError, lockOf, parseLock, type Lock } from '../replay/lock.js'
import { recordsOfCells } from '../replay/records.js'
import { replay } from '../replay/replay.js'
import { cellReport, differencesText, notesText, outcomeOf, summaryOf } from '../replay/report.js'
import { writeWhole } from '../write-whole.js'
import { failureReport, progressLine, timeOf } from './cell-report.js'
import { readArguments, UsageError } from './command.js'
import { interruptible } from './interruptible.js'
import { findNotebooks, readRunnable, targets } from './notebook-files.js'

export const help = `Usage: fovea replay NOTEBOOK… [options]

Runs executed notebooks again and compares what comes out with what is stored in them: every
result by its record (method, parameters, network's digest, numbers), every picture by its
pixels, every text. A notebook without outputs is run twice, and the runs are compared.
NOTEBOOK is a file, a folder (with all below it) or a pattern. The files stay as they are.

Cells tagged 'nbval-ignore-output' are run and not compared: for times, and what is random.

Options:
      --tolerance SHARE          how far a result may be off, as a share of its norm, and a
                                 number in a text, as a share of it (default 1e-4)
      --picture-tolerance SHARE  how far a picture may be off: root mean square of the pixels'
                                 differences, as a share of their range (default 0.01)
      --lock FILE                check that networks have the digests of this lock file; where
                                 there is none it is written, after a replay without differences
  -o, --out PATH                 write the notebook as it was run now: a file, or a folder
  -t, --timeout SECONDS          the longest that one cell may take (default 600)
      --junit FILE.xml           write a report in JUnit's form, a test case for each code cell
  -q, --quiet                    report nothing but differences

Exit status: 0 when everything came out again, 1 when something differs or a cell of a notebook
without outputs fails, 2 when the command was not understood or a file could not be read, 130
when it was interrupted.

Examples:
  fovea run lecture.ipynb -o lecture.ipynb && fovea replay lecture.ipynb
  fovea replay notebooks/lectures --lock fovea.lock.json --junit replay.xml
`

interface Task {
  path: string
  notebook: Notebook
  out?: string
}

interface Settings {
  timeout: number
  tolerances: Tolerances
  lock?: string
  junit?: string
  /** Progress, on stderr. */
  say: (text: string) => void
  /** What was found, on stdout. */
  tell: (text: string) => void
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    tolerance: { type: 'string', default: '1e-4' },
    'picture-tolerance': { type: 'string', default: '0.01' },
    lock: { type: 'string' },
    out: { type: 'string', short: 'o' },
    timeout: { type: 'string', short: 't', default: '600' },
    junit: { type: 'string' },
    quiet: { type: 'boolean', short: 'q', default: false },
  })
  const { lock, junit, quiet } = values
  const settings: Settings = {
    timeout: numberFrom('--timeout', values.timeout, 'seconds above 0', (x) => x > 0 && x <= 1e6),
    tolerances: {
      numbers: tolerance('--tolerance', values.tolerance),
      pictures: tolerance('--picture-tolerance', values['picture-tolerance']),
    },
    lock,
    junit,
    say: (text) => void (quiet || process.stderr.write(text)),
    tell: (text) => void (quiet || process.stdout.write(text)),
  }
  const files = await findNotebooks(positionals)
  const outs = values.out === undefined ? [] : targets(files, '--out', values.out, '.ipynb')
  const tasks: Task[] = []
  for (const [i, { path }] of files.entries())
    tasks.push({ path, notebook: await readRunnable(path), out: outs[i] })
  const locked = lock === undefined ? undefined : await readLock(lock)
  // Found out now rather than after a long run.
  for (const file of [...outs, lock, junit])
    if (file !== undefined) await mkdir(dirname(file), { recursive: true })

  return interruptible(
    (signal) => replayAll(tasks, settings, locked, signal),
    () => settings.say(' interrupting …\n'),
  )
}

const tolerance = (option: string, text: string): number =>
  numberFrom(option, text, 'a share, 0 or more', (x) => x >= 0 && x < Infinity)

function numberFrom(
  option: string,
  text: string,
  expected: string,
  isGood: (value: number) => boolean,
): number {
  const value = text.trim() === '' ? NaN : Number(text)
  if (!isGood(value)) throw new UsageError(`${option} ${text}: ${expected} was expected`)
  return value
}

async function replayAll(
  tasks: Task[],
  settings: Settings,
  locked: Lock | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { lock, junit, tell } = settings
  const reports: NotebookReport[] = []
  const records: ResultRecord[] = []
  let good = true
  try {
    for (const task of tasks) {
      const cells = await replayOne(task, settings, signal)
      reports.push({ name: task.path, cells })
      records.push(...recordsOfCells(numberedCells(task.notebook).map(({ cell }) => cell)))
      good &&= !cells.some(({ outcome }) => outcome === 'failed')
      if (signal.aborted) break
    }
  } finally {
    if (junit !== undefined) await writeWhole(junit, junitReport(reports, 'fovea replay'))
  }
  if (lock !== undefined && !signal.aborted) {
    const used = lockOf(records, await packageVersion())
    if (locked) {
      const { differences, notes } = checkLock(locked, used)
      if (differences.length > 0)
        process.stdout.write(`\n${lock}\n${differencesText(differences)}\n`)
      tell(notesText(notes))
      good &&= differences.length === 0
    } else if (good) {
      await writeWhole(lock, `${JSON.stringify(used, null, 2)}\n`)
      tell(`Lock file: ${lock}\n`)
    } else tell(`Not written, since something differs: ${lock}\n`)
  }
  if (junit !== undefined) tell(`Report: ${junit}\n`)
  return good ? 0 : 1
}

/** @returns the cells, failed where something differs. */
async function replayOne(
  { path, notebook, out }: Task,
  { timeout, tolerances, say, tell }: Settings,
  signal: AbortSignal,
): Promise<CellRun[]> {
  say(`Replaying ${path}\n`)
  const replayed = await replay(
    notebook,
    {
      cwd: dirname(resolve(path)),
      timeout,
      signal,
      onStart: (cell) => say(progressLine(cell)),
      onEnd: (cell) => say(timeOf(cell)),
    },
    tolerances,
  )
  if (out !== undefined) {
    await writeNotebook(out, notebook)
    tell(`Executed notebook: ${out}\n`)
  }
  const cells = replayed.cells.map((cell) => outcomeOf(cell, replayed))
  replayed.cells.forEach((cell, i) => {
    if (cell.findings.differences.length > 0) process.stdout.write(cellReport(path, cell))
    else if (cells[i]!.error) process.stderr.write(failureReport(path, cell))
  })
  if (!signal.aborted) tell(summaryOf(path, replayed))
  return cells
}

async function readLock(path: string): Promise<Lock | undefined> {
  try {
    return parseLock(await readFile(path, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    const reason = error instanceof LockError ? message : `cannot be read: ${message}`
    throw new UsageError(`--lock ${path}: ${reason}`)
  }
}
