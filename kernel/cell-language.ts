/** The language of cells: TypeScript, and magics. */
import { Language, type CompiledCell, type Completions } from './language.js'
import { completeMagic } from './magics/core/complete.js'
import { explanation } from './magics/core/describe.js'
import {
  parseCell,
  possibleCommands,
  type CellWithMagics,
  type MagicUse,
} from './magics/core/parse.js'
import { translate } from './magics/core/translate.js'
import type { ErrorContent } from './protocol.js'
import { magicError, typeScriptError } from './traceback.js'

export type CellCompilation =
  /** @param timeout seconds after which the cell is interrupted; none for never. */
  { cell: CompiledCell; timeout?: number } | { error: ErrorContent }

const CANNOT_FIND_NAME = [2304, 2552, 2580, 2584]

export class CellLanguage extends Language {
  /** Compiles the next cell, magics included. */
  compileCell(source: string, filename: string): CellCompilation {
    const commands = new Set<number>()
    for (;;) {
      const parsed = parseCell(source, commands)
      if (parsed.problem) {
        const { message, start } = parsed.problem
        return { error: magicError(message, placeIn(source, start), source, filename) }
      }
      const { code, place, wrapping } = translate(parsed)
      const forgets = parsed.uses.some(({ magic, kind }) => magic?.leads && kind === 'line')
      const compilation = this.compile(code, filename, { text: source, place, forgets })
      if ('cell' in compilation)
        return {
          cell: { ...compilation.cell, magics: wrapping, types: this.typesFor(parsed) },
          timeout: timeoutOf(parsed),
        }
      const diagnostics = compilation.diagnostics.map((one) =>
        one.file ? one : { ...one, ...place(one) },
      )
      // `!ls -l` could be TypeScript, if there were an `ls`.
      const unknown = new Set(
        diagnostics
          .filter(({ code, file }) => !file && CANNOT_FIND_NAME.includes(code))
          .map(({ line }) => line),
      )
      const missed = possibleCommands(source).filter(
        ({ start, line }) => unknown.has(line) && !commands.has(start),
      )
      if (missed.length === 0) return { error: typeScriptError(diagnostics, source, filename) }
      for (const { start } of missed) commands.add(start)
    }
  }

  override async complete(source: string, position: number): Promise<Completions> {
    const parsed = parseCell(source)
    return (
      (await completeMagic(parsed, position, this.askForNames)) ??
      super.complete(parsed.typescript, position)
    )
  }

  override inspect(
    source: string,
    position: number,
    detailed: boolean,
  ): ReturnType<Language['inspect']> {
    const parsed = parseCell(source)
    const use = parsed.uses.find(({ start, end }) => start <= position && position <= end)
    const magic = use?.magic
    if (magic && !isInCode(use, position))
      return {
        signature: magic.usage.join('\n'),
        documentation: detailed ? explanation(magic) : magic.summary,
      }
    return super.inspect(parsed.typescript, position, detailed)
  }

  private typesFor({ uses }: CellWithMagics): Record<string, string> | undefined {
    return uses.some(({ magic }) => magic?.wantsTypes) ? this.types() : undefined
  }
}

function isInCode({ code }: MagicUse, position: number): boolean {
  return code !== undefined && position >= code
}

/** The shortest, where there are several. */
function timeoutOf({ uses }: CellWithMagics): number | undefined {
  const all = uses.flatMap(({ magic, kind, text }) =>
    kind === 'cell' && magic?.timeout ? [magic.timeout(text)] : [],
  )
  return all.length > 0 ? Math.min(...all) : undefined
}

function placeIn(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
