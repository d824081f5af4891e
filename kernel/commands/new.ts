/** `fovea new`: a notebook to begin with. */
import { existsSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { nearest } from '../nearest.js'
import { writeNotebook, type Notebook } from '../notebook/format.js'
import { readArguments, UsageError } from './command.js'

export const help = `Usage: fovea new lecture NAME [--title TITLE]
       fovea new lab NAME [--title TITLE]

Writes a notebook to begin with, NAME.ipynb, that runs as it stands.

lecture  title and question, the network and the picture, a method with its formula, an
         exercise with a check, references.
lab      an assignment in nbgrader's conventions: a locked cell, an exercise with solution,
         visible and hidden tests, a question that a person grades, references. 'fovea lab
         verify' accepts it.

NAME may have folders before it. A notebook that is there already is left alone.

Options:
      --title TITLE   the heading (default: from NAME, 07-class-scores gives 'Class scores')

Exit status: 0, or 2 when the command was not understood or the file is there already.

Examples:
  fovea new lecture lectures/11-receptive-fields
  fovea new lab labs/07-softmax --title 'Softmax by hand'
`

const kinds: Record<string, () => Promise<(title: string) => Notebook>> = {
  lecture: async () => (await import('../templates/lecture.js')).lecture,
  lab: async () => (await import('../templates/lab.js')).lab,
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { title: { type: 'string' } })
  const [kind = '', name = '', ...others] = positionals
  const load = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (!load) {
    const near = nearest(kind, Object.keys(kinds))
    throw new UsageError(
      `${kind === '' ? 'what is to be new?' : `there is no new '${kind}';`} 'lecture' or 'lab' was expected` +
        (near && kind !== '' ? `; did you mean '${near}'?` : ''),
    )
  }
  if (name === '') throw new UsageError(`the ${kind} needs a name, such as 07-class-scores`)
  if (others.length > 0)
    throw new UsageError(`'${others[0]}' was not expected; quote a title of several words`)
  const path = extname(name) === '.ipynb' ? name : `${name}.ipynb`
  if (/[\\/]$/.test(name)) throw new UsageError(`${name} is a folder; a file's name was expected`)
  if (existsSync(path)) throw new UsageError(`${path} is there already`)
  const make = await load()
  await writeNotebook(path, make(values.title ?? titleFrom(path)))
  process.stdout.write(`${path}\n`)
  return 0
}

/** `labs/07-class-scores.ipynb` → `Class scores` */
function titleFrom(path: string): string {
  const words = basename(path, '.ipynb')
    .replace(/^\d+[-_. ]*/, '')
    .replace(/[-_]+/g, ' ')
    .trim()
  return words === '' ? 'Untitled' : words[0]!.toUpperCase() + words.slice(1)
}
