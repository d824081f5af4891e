/** Runs magics: what translate.ts makes of them calls these functions. */
import { help } from '../magics/core/describe.js'
import type { MagicContext } from '../magics/core/magic.js'
import { runProgram } from '../magics/core/run-program.js'
import { findMagic, magics } from '../magics/registry.js'
import type { CompiledCell } from '../language.js'
import { currentCell, type Cell } from './cells.js'
import { MAGICS } from './messages.js'
import type { Require } from './modules.js'
import { send } from './send.js'
import { currentVariables, forgetVariables } from './variables.js'

/** What is over when the code ends that a line magic such as `%time` is about. */
const begun: (() => void)[] = []
let types: Record<string, string> = {}
let load: Require

/** Gives the code of cells what calls magics. */
export function defineMagics(require: Require): void {
  load = require
  const value = {
    line: (name: string, text: string) => findMagic(name)?.run?.(text, context(), { body: '' }),
    cell: async (name: string, text: string, body: string) => {
      await findMagic(name)?.run?.(text, context(), { body })
    },
    repeat: async (name: string, text: string, code: () => unknown) => {
      await findMagic(name)?.run?.(text, context(), { body: '', code })
    },
    begin: (name: string, text: string) => {
      begun.push(findMagic(name)?.around?.(text, context()) ?? (() => {}))
    },
    end: (result: unknown) => {
      begun.pop()?.()
      return result
    },
    command: (text: string) =>
      runProgram(
        process.platform === 'win32' ? ['cmd', '/c', text] : ['sh', '-c', text],
        context(),
      ),
    help: (name: string) => context().print(`${help(findMagic(name)!)}\n`),
  }
  Object.defineProperty(globalThis, Symbol.for(MAGICS), { value })
}

/**
 * Begins the magics around a cell.
 *
 * @returns ends them; an interrupt of the cell does, too.
 */
export function enterMagics(cell: Cell, compiled: CompiledCell): () => void {
  begun.length = 0
  types = compiled.types ?? {}
  const ends: (() => void)[] = []
  const leave = () => {
    while (ends.length > 0) ends.pop()!()
  }
  cell.abort.signal.addEventListener('abort', leave)
  try {
    for (const { name, text } of compiled.magics ?? []) {
      const end = findMagic(name)?.around?.(text, context(cell))
      if (end) ends.push(end)
    }
  } catch (error) {
    leave()
    throw error
  }
  return leave
}

function context(cell: Cell | undefined = currentCell()): MagicContext {
  const id = cell?.id ?? ''
  return {
    print: (text, name = 'stdout') => send({ type: 'stream', id, name, text }),
    show: (data) =>
      send({ type: 'display', id, update: false, content: { data, metadata: {}, transient: {} } }),
    signal: cell?.abort.signal ?? new AbortController().signal,
    variables: currentVariables,
    types,
    forgetVariables,
    require: load,
    guard: (group, running) => send({ type: 'group', group, running }),
    magics,
  }
}
