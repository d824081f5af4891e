import { readdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { nearest } from '../nearest.js'
import { anyText, defineMagic, expandHome, UsageError, words } from './core/magic.js'

let before: string | undefined

export const cd = defineMagic({
  name: 'cd',
  kind: 'line',
  usage: ['%cd [FOLDER]', '%cd -'],
  summary:
    'Changes the folder where relative paths begin (default: the home folder; `-`: the one before). Imports stay relative to the notebook.',
  example: '%cd pictures',
  suggest: 'paths',
  parse: anyText,
  run(text, { print }) {
    const [given = '~'] = text.includes(' ') && !/["']/.test(text) ? [text] : words(text)
    const here = process.cwd()
    const folder = given === '-' ? (before ?? here) : expandHome(given)
    try {
      process.chdir(folder)
    } catch (error) {
      throw explained(error, folder)
    }
    before = here
    print(`${process.cwd()}\n`)
  },
})

function explained(error: unknown, folder: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error
  const path = resolve(folder)
  const near = nearest(basename(path), foldersIn(dirname(path)))
  const hint = near ? ` Did you mean '${near}'?` : ''
  return new UsageError(`there is no folder '${folder}' in ${process.cwd()}.${hint}`)
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}
