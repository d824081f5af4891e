/** `fovea lab`: assignments from one source to marks. */
import { mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { AssignmentError, readAssignment, type Assignment } from '../lab/assignment.js'
import { feedbackPage } from '../lab/feedback.js'
import { grade, type GradeOptions } from '../lab/grade.js'
import { release } from '../lab/release.js'
import { scoresAsCsv, scoresAsJson, type Graded } from '../lab/report.js'
import { verify } from '../lab/verify.js'
import { nearest } from '../nearest.js'
import { NotebookFormatError, readNotebook, writeNotebook } from '../notebook/format.js'
import { NotebookLanguageError } from '../notebook/run.js'
import { writeWhole } from '../write-whole.js'
import { readArguments, UsageError } from './command.js'
import { findNotebooks, readOrExplain, targets, type NotebookFile } from './notebook-files.js'

export const help = `Usage: fovea lab release SOURCE… --out PATH
       fovea lab grade SUBMISSION… --source PATH --out FOLDER
       fovea lab verify SOURCE…

A lab is one notebook in nbgrader's conventions: cells with solutions between the comments
'// BEGIN SOLUTION' and '// END SOLUTION', cells of tests that may have hidden ones between
'// BEGIN HIDDEN TESTS' and '// END HIDDEN TESTS', and nbgrader's metadata in each.

release  writes the student version: stubs for solutions, no hidden tests.
grade    runs submissions, each in a process that is confined, against the source's tests in
         another; writes scores.json, scores.csv and feedback/STUDENT/LAB.html. A student is
         named after the folder below SUBMISSION that the notebook is in, or after the file.
verify   checks that a source's solution passes everything, and that its student version
         fails each graded cell exactly once.

SOURCE and SUBMISSION are files, folders (with all below them) or patterns.

Options:
  -o, --out PATH          where to write: a folder; for a single release also a file
  -s, --source PATH       the lab's source, or a folder of sources with the submissions' names
  -t, --timeout SECONDS   the longest that one cell may take (default 30, as nbgrader's)
  -m, --memory MEGABYTES  the most that a submission's process may use (default 2048)
      --show-hidden       show in the feedback what hidden tests expected
  -q, --quiet             report nothing but errors

Exit status: 0 when all went well; 1 when a submission could not be graded or a source is not
verified; 2 when the command was not understood or a source could not be read.

Examples:
  fovea lab verify notebooks/labs
  fovea lab release notebooks/labs --out release
  fovea lab grade submitted --source notebooks/labs --out graded
`

const options = {
  out: { type: 'string', short: 'o' },
  source: { type: 'string', short: 's' },
  timeout: { type: 'string', short: 't', default: '30' },
  memory: { type: 'string', short: 'm', default: '2048' },
  'show-hidden': { type: 'boolean', default: false },
  quiet: { type: 'boolean', short: 'q', default: false },
} as const

type Values = ReturnType<typeof readArguments<typeof options>>['values']

const actions: Record<string, (files: string[], values: Values) => Promise<number>> = {
  release: releaseAll,
  grade: gradeAll,
  verify: verifyAll,
}

export async function run(args: string[]): Promise<number> {
  process.on('SIGUSR1', () => {}) // which would open a debugger, to submissions as well
  const { values, positionals } = readArguments(args, options)
  const [name = '', ...files] = positionals
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action) return action(files, values)
  const near = nearest(name, Object.keys(actions))
  const given = name === '' ? 'what is to be done?' : `'fovea lab ${name}' is unknown;`
  throw new UsageError(
    near && name !== ''
      ? `${given} did you mean 'fovea lab ${near}'?`
      : `${given} release, grade or verify was expected`,
  )
}

async function releaseAll(args: string[], { out, quiet }: Values): Promise<number> {
  if (out === undefined) throw new UsageError('--out is missing: a folder, or a file for one lab')
  const files = await findNotebooks(args)
  const paths = targets(files, '--out', out, '.ipynb')
  const overwritten = paths.find((path, i) => resolve(path) === resolve(files[i]!.path))
  if (overwritten !== undefined)
    throw new UsageError(`--out would overwrite the source ${overwritten}, solutions and all`)
  const labs = await Promise.all(files.map(({ path }) => readSource(path)))
  for (const [i, lab] of labs.entries()) {
    await writeNotebook(paths[i]!, release(lab))
    if (!quiet) console.log(paths[i])
  }
  return 0
}

async function verifyAll(args: string[], values: Values): Promise<number> {
  const files = await findNotebooks(args)
  const labs = await Promise.all(files.map(({ path }) => readSource(path)))
  let status = 0
  for (const [i, { path }] of files.entries()) {
    const say = (text: string) => void (values.quiet || process.stderr.write(text))
    say(`Verifying ${path}`)
    const settings = { ...limits(values), folder: dirname(resolve(path)) }
    const { problems, slowest } = await verify(labs[i]!, settings, (step) => say(` · ${step}`))
    say('\n')
    for (const problem of problems) console.error(`${path}: ${problem}`)
    if (problems.length > 0) status = 1
    else if (!values.quiet)
      console.log(
        `${path}: verified; slowest cell '${slowest.id}', ${slowest.seconds.toFixed(1)} s`,
      )
  }
  return status
}

async function gradeAll(args: string[], values: Values): Promise<number> {
  const { out, source, quiet } = values
  if (source === undefined) throw new UsageError('--source is missing: the lab with its solutions')
  if (out === undefined) throw new UsageError('--out is missing: a folder for scores and feedback')
  const settings = limits(values)
  const files = await findNotebooks(args)
  const sourceOf = await sourcesFor(source, files)
  checkUnique(files)
  await mkdir(out, { recursive: true }) // found out now rather than after a long run
  const graded: Graded[] = []
  for (const file of files) {
    const { path, lab } = sourceOf(file)
    if (!quiet) process.stderr.write(`Grading ${file.path}`)
    const one = await gradeOne(file, lab, basename(path, '.ipynb'), {
      ...settings,
      folder: dirname(resolve(path)),
      out,
      showHidden: values['show-hidden'],
    })
    graded.push(one)
    if (!quiet) process.stderr.write(`: ${one.problem ?? sumOf(one)}\n`)
    // After each, so that nothing is lost where the next one brings everything down.
    await writeWhole(join(out, 'scores.json'), scoresAsJson(graded))
    await writeWhole(join(out, 'scores.csv'), scoresAsCsv(graded))
  }
  if (!quiet) console.log(`Scores: ${join(out, 'scores.csv')}`)
  return graded.some(({ problem }) => problem !== undefined) ? 1 : 0
}

interface OneOptions extends GradeOptions {
  out: string
  showHidden: boolean
}

async function gradeOne(
  file: NotebookFile,
  assignment: Assignment,
  lab: string,
  { out, showHidden, ...settings }: OneOptions,
): Promise<Graded> {
  const student = studentOf(file, lab)
  const points = assignment.cells.reduce((sum, cell) => sum + cell.points, 0)
  const base = { student, lab, path: file.path, points }
  try {
    const submission = await readNotebook(file.path)
    const result = await grade(assignment, submission, settings)
    const title = `${lab} · ${student}`
    const page = feedbackPage(submission, result, { title, showHidden })
    await writeWhole(join(out, 'feedback', student, `${lab}.html`), page)
    return { ...base, grade: result }
  } catch (error) {
    // The student's mistake costs that student alone; the source's is the teacher's to mend.
    const isTheirs = error instanceof NotebookFormatError || error instanceof NotebookLanguageError
    if (!isTheirs) throw error
    return { ...base, problem: error.message }
  }
}

function sumOf({ grade: result }: Graded): string {
  if (!result) return ''
  const open = result.toGrade > 0 ? `, ${result.toGrade} to be graded by hand` : ''
  return `${result.score} of ${result.maximum}${open}`
}

/** `submitted/ada/saliency.ipynb` is ada's, and so is `ada.ipynb`. */
function studentOf({ path, name }: NotebookFile, lab: string): string {
  const [folder, ...below] = name.split(sep)
  if (below.length > 0) return folder!
  const stem = basename(path, '.ipynb')
  return stem === lab ? basename(dirname(resolve(path))) : stem
}

/** Two files of one student for one lab would overwrite each other's feedback. */
function checkUnique(files: readonly NotebookFile[]): void {
  const seen = new Map<string, string>()
  for (const { path, name } of files) {
    const key = `${studentOf({ path, name }, basename(path, '.ipynb'))}/${basename(path)}`
    const other = seen.get(key)
    if (other !== undefined) throw new UsageError(`${other} and ${path} are of one student and lab`)
    seen.set(key, path)
  }
}

/** One source for all, or from a folder the one that is called as the submission. */
async function sourcesFor(
  source: string,
  files: readonly NotebookFile[],
): Promise<(file: NotebookFile) => { path: string; lab: Assignment }> {
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() === true
  const sources = isFolder
    ? await findNotebooks([source])
    : [{ path: source, name: basename(source) }]
  const found = new Map<string, { path: string; lab: Assignment }>()
  for (const { path } of sources) found.set(basename(path), { path, lab: await readSource(path) })
  const [only] = found.values()
  const of = ({ path }: NotebookFile) => (isFolder ? found.get(basename(path)) : only)
  for (const file of files) {
    if (of(file)) continue
    const near = nearest(basename(file.path), [...found.keys()])
    throw new UsageError(
      `${source} holds no source for ${file.path}${near ? `; the nearest is ${near}` : ''}`,
    )
  }
  return (file) => of(file)!
}

/** @throws UsageError where it is no lab. */
async function readSource(path: string): Promise<Assignment> {
  const notebook = await readOrExplain(path)
  try {
    return readAssignment(notebook, path)
  } catch (error) {
    if (error instanceof AssignmentError) throw new UsageError(error.message)
    throw error
  }
}

function limits({ timeout, memory }: Values): { timeout: number; memory: number } {
  const number = (name: string, text: string, unit: string) => {
    const value = Number(text)
    if (value > 0 && value <= 1e6) return value
    throw new UsageError(`--${name} ${text}: a number of ${unit} above 0 was expected`)
  }
  return {
    timeout: number('timeout', timeout, 'seconds'),
    memory: number('memory', memory, 'megabytes'),
  }
}
