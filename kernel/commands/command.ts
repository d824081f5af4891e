/** What the commands share: their form, and how they read their arguments. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearest } from '../nearest.js'

export interface Command {
  /** What `--help` shows. */
  help: string
  /** @returns the exit status of the process. */
  run(args: string[]): Promise<number>
}

/** The user's mistake, in a sentence: told without a stack, with exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>
>

/**
 * Reads a command's arguments.
 *
 * @throws UsageError for an unknown option, naming the nearest, and for one without its value.
 * @example readArguments(['a.ipynb', '--quiet'], { quiet: { type: 'boolean' } })
 */
export function readArguments<T extends Options>(args: string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const [sentence = ''] = String(error instanceof Error ? error.message : error).split(/\. |\n/)
    const unknown = /^Unknown option '--([^']*)'/.exec(sentence)?.[1]
    const near = unknown && nearest(unknown, Object.keys(options))
    throw new UsageError(sentence + (near ? `; did you mean '--${near}'?` : ''))
  }
}

/** For commands that take options alone. */
export function refuseArguments(positionals: string[]): void {
  if (positionals.length > 0) throw new UsageError(`'${positionals[0]}' was not expected`)
}

/** `NAME=VALUE` in two. */
export function nameAndValue(text: string, option: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1)
    throw new UsageError(`${option} ${text}: NAME=VALUE was expected, such as ${option} seed=7`)
  return [text.slice(0, at), text.slice(at + 1)]
}
