/** What a cell extension, a *magic*, is: its documentation, and what it does. */
import type { StreamName, WireBundle } from '../../protocol.js'

/** From this, `%lsmagic`, completion, inspection and the table in docs/kernel.md are made. */
export interface MagicDocumentation {
  name: string
  /** Other names. Default none. */
  aliases?: string[]
  /** `%name` on a line of its own, `%%name` at the top of a cell, or either. */
  kind: 'line' | 'cell' | 'both'
  /** What may be written, a form each: `%cd [FOLDER]`. */
  usage: string[]
  /** One sentence. */
  summary: string
  example: string
}

/** What the runner offers a magic. */
export interface MagicContext {
  /** Writes to the cell's output. */
  print: (text: string, stream?: StreamName) => void
  /** Shows a MIME bundle. */
  show: (data: WireBundle) => void
  /** Aborted by an interrupt of the cell. */
  signal: AbortSignal
  /** The variables of all cells that have a value. */
  variables: () => Record<string, unknown>
  /** The types of the variables, as TypeScript knows them, where the magic asks for them. */
  types: Record<string, string>
  /** Removes the variables of all cells. */
  forgetVariables: () => void
  /** Loads a package as a cell would. */
  require: (specifier: string) => unknown
  /** Has a group of processes ended should the runner end before it; `undefined` once they have ended. */
  guard: (group: number, running: boolean) => void
  /** All magics there are. */
  magics: readonly Magic[]
}

/** @template A the arguments, as `parse` reads them. */
export interface MagicDefinition<A> extends MagicDocumentation {
  /**
   * Reads the text behind the name. The front process calls it too, before the cell runs.
   *
   * @throws UsageError where it is not as `usage` says.
   */
  parse: (text: string) => A
  /** What the rest of the cell is: 'typescript' (default), or 'text' that only the magic understands. */
  body?: 'text'
  /** Of a line magic whose argument is TypeScript: how often that runs. */
  code?: 'once' | 'repeatedly'
  /** Options that may stand before this code. Default none. */
  options?: RegExp
  /** Whether it may only stand before any code, and takes effect before the cell. */
  leads?: boolean
  /** Whether it wants {@link MagicContext.types}. */
  wantsTypes?: boolean
  /** Whether the words behind its name are paths, or what the next of them can be. */
  suggest?: 'paths' | ((words: string[]) => readonly string[])
  /** A line magic, with the TypeScript behind it if it takes any; or a cell magic with its text. */
  run?: (args: A, context: MagicContext, given: { body: string; code?: () => unknown }) => unknown
  /** Called before TypeScript runs; what it returns is called after, also where that failed. */
  around?: (args: A, context: MagicContext) => () => void
  /** Seconds after which the front process interrupts the cell. */
  timeout?: (args: A) => number
}

/** A magic whose arguments are text to everybody else. */
export type Magic = Omit<MagicDefinition<unknown>, 'parse' | 'run' | 'around' | 'timeout'> & {
  check: (text: string) => void
  run?: (
    text: string,
    context: MagicContext,
    given: { body: string; code?: () => unknown },
  ) => unknown
  around?: (text: string, context: MagicContext) => () => void
  timeout?: (text: string) => number
}

export function defineMagic<A>(definition: MagicDefinition<A>): Magic {
  const { parse, run, around, timeout, ...rest } = definition
  return {
    ...rest,
    check: (text) => void parse(text),
    run: run && ((text, context, given) => run(parse(text), context, given)),
    around: around && ((text, context) => around(parse(text), context)),
    timeout: timeout && ((text) => timeout(parse(text))),
  }
}

/** A magic is not used as it is meant to be. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** For `parse` of magics that take no arguments. */
export function none(text: string): void {
  if (text) throw new UsageError(`it takes no arguments, but '${text}' was given`)
}

/** For `parse` of magics that take text as it is. */
export function anyText(text: string): string {
  return text
}

/** For `parse` of magics that need something. */
export function someText(what: string): (text: string) => string {
  return (text) => {
    if (!text) throw new UsageError(`${what} is missing`)
    return text
  }
}

/** Words, as a shell separates them: `'two words'` and `"two words"` are one. */
export function words(text: string): string[] {
  return Array.from(text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, a, b, c]) => a ?? b ?? c ?? '')
}

/** `~` at the beginning is the home folder. */
export function expandHome(path: string): string {
  return /^~(?=$|[/\\])/.test(path) ? (process.env.HOME ?? '~') + path.slice(1) : path
}
