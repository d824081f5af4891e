/** The text of errors, with places in the TypeScript of the cells. */
import type { Diagnostic, Language, Place } from './language.js'
import type { ErrorContent } from './protocol.js'
import type { Failure } from './runner/messages.js'

const red = (text: string) => `\u001b[31m${text}\u001b[39m`

const CELL_PLACE = /(Cell\[[^\]]*\]\.ts):(\d+):(\d+)/
/** Frames of Node and of the kernel itself tell the reader nothing. */
const RUNNER_FOLDER = new URL('./runner/', import.meta.url).href
const isForeign = (line: string) =>
  /^\s+at (.*[\s(])?node:/.test(line) || (/^\s+at /.test(line) && line.includes(RUNNER_FOLDER))

/** An error that was thrown while a cell ran. */
export function runtimeError({ ename, evalue, stack }: Failure, language: Language): ErrorContent {
  let top: { filename: string; place: Place } | undefined
  const lines = stack
    .split('\n')
    .filter((line) => !isForeign(line))
    .map((line) =>
      line.replace(CELL_PLACE, (found, filename: string, row: string, column: string) => {
        const place = language.originalPlace(filename, {
          line: Number(row),
          column: Number(column),
        })
        if (!place) return found
        top ??= { filename, place }
        return `${filename}:${place.line}:${place.column}`
      }),
    )
  const [message = '', ...rest] = lines
  const excerpt = top ? excerptOf(language.sourceOf(top.filename) ?? '', top.place) : []
  return { ename, evalue, traceback: [red(message), ...excerpt, ...rest] }
}

/** What TypeScript says against a cell, which then does not run. */
export function typeScriptError(
  diagnostics: Diagnostic[],
  source: string,
  filename: string,
): ErrorContent {
  const traceback = diagnostics.flatMap(({ message, code, line, column, file }) => [
    red(`TypeScript: ${message} (TS${code})`),
    `    at ${file ?? filename}:${line}:${column}`,
    ...(file ? [] : excerptOf(source, { line, column })),
  ])
  return { ename: 'TypeScriptError', evalue: diagnostics[0]?.message ?? '', traceback }
}

/** The line of source, and a caret below the column. */
function excerptOf(source: string, { line, column }: Place): string[] {
  const text = source.split('\n')[line - 1]
  if (text === undefined) return []
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ') // tabs stay, so that the caret stands right
  return ['', `    ${text}`, `    ${indent}${red('^')}`, '']
}
