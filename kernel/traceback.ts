/** The text of errors, with places in the TypeScript of the cells. */
import type { Diagnostic, Language, Place } from './language.js'
import type { ErrorContent } from './protocol.js'
import type { Failure } from './runner/messages.js'

const red = (text: string) => `\u001b[31m${text}\u001b[39m`

/** `    at f (Cell[5].ts:1:7)`, `    at /home/ada/part.ts:1:7` */
const FRAME = /^(\s+at (?:.*\()?)(.+?):(\d+):(\d+)(\)?(?: \{)?)$/
/** Frames of Node and of the kernel itself tell the reader nothing. */
const OWN_FOLDERS = ['./runner/', './magics/'].map((path) => new URL(path, import.meta.url).href)
const isForeign = (line: string) =>
  /^\s+at (.*[\s(])?node:/.test(line) ||
  (/^\s+at /.test(line) && OWN_FOLDERS.some((folder) => line.includes(folder))) ||
  /^\s+\.\.\. \d+ lines matching cause stack trace \.\.\./.test(line)

/** An error that was thrown while a cell ran. */
export function runtimeError({ ename, evalue, stack }: Failure, language: Language): ErrorContent {
  let top: { filename: string; place: Place } | undefined
  const lines = withoutForeign(stack.split('\n')).map((line) =>
    line.replace(
      FRAME,
      (frame, at: string, filename: string, row: string, column: string, end: string) => {
        const compiled = { line: Number(row), column: Number(column) }
        const place = language.originalPlace(filename, compiled)
        if (!place) return frame
        top ??= { filename, place }
        return `${at}${filename}:${place.line}:${place.column}${end}`
      },
    ),
  )
  const [message = '', ...rest] = lines
  const excerpt = top ? excerptOf(language.sourceOf(top.filename) ?? '', top.place) : []
  return { ename, evalue, traceback: [red(message), ...excerpt, ...rest] }
}

function withoutForeign(lines: string[]): string[] {
  const kept: string[] = []
  for (const line of lines) {
    if (!isForeign(line)) kept.push(line)
    // An error's own properties follow in braces, which open behind its last frame.
    else if (line.endsWith(' {') && kept.length > 0) kept.push(`${kept.pop()} {`)
  }
  return kept
}

/** What TypeScript says against a cell, which then does not run. */
export function typeScriptError(
  diagnostics: Diagnostic[],
  source: string,
  filename: string,
): ErrorContent {
  const traceback = diagnostics.flatMap(({ message, code, line, column, file }) => [
    red(`TypeScript: ${message} (TS${code})`),
    `    at ${file?.name ?? filename}:${line}:${column}`,
    ...excerptOf(file?.source ?? source, { line, column }),
  ])
  return { ename: 'TypeScriptError', evalue: diagnostics[0]?.message ?? '', traceback }
}

/** What is wrong with the magics of a cell, which then does not run. */
export function magicError(
  message: string,
  place: Place,
  source: string,
  filename: string,
): ErrorContent {
  const [first = '', ...more] = message.split('\n')
  const at = `    at ${filename}:${place.line}:${place.column}`
  const traceback = [red(`UsageError: ${first}`), at, ...excerptOf(source, place), ...more]
  return { ename: 'UsageError', evalue: first, traceback }
}

/** The line of source, and a caret below the column. */
function excerptOf(source: string, { line, column }: Place): string[] {
  const text = source.split('\n')[line - 1]
  if (text === undefined) return []
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ') // tabs stay, so that the caret stands right
  return ['', `    ${text}`, `    ${indent}${red('^')}`, '']
}
