/** Whether a console should run what was typed, or let its reader go on. */
import { parseCell } from './magics/core/parse.js'
import type { IsCompleteReply } from './protocol.js'
import ts from './typescript.cjs'

/** What TypeScript says of a template or a comment that does not end. */
const UNTERMINATED = [1160, 1010]
/** … and of a string, which must end on its line. */
const UNTERMINATED_STRING = 1002
const INDENT = '  '

export function completeness(cell: string): IsCompleteReply {
  const { typescript, uses, problem } = parseCell(cell)
  if (problem) return { status: 'complete' } // it runs, and says what is wrong
  // As in IPython, an empty line ends a cell that begins with a cell magic.
  if (uses.some(({ kind }) => kind === 'cell') && !/\n[ \t]*\n?$/.test(cell))
    return { status: 'incomplete', indent: '' }
  return completenessOf(typescript)
}

function completenessOf(code: string): IsCompleteReply {
  const { diagnostics = [] } = ts.transpileModule(code, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  })
  if (diagnostics.length === 0) return { status: 'complete' }
  const end = code.trimEnd().length
  const isAtEnd = ({ start = 0, code }: ts.Diagnostic) =>
    UNTERMINATED.includes(code) || (start >= end && code !== UNTERMINATED_STRING)
  if (!diagnostics.every(isAtEnd)) return { status: 'invalid' }
  return { status: 'incomplete', indent: indentAfter(code) }
}

/** The indent of the last line, and more where it opens something. */
function indentAfter(code: string): string {
  const last = code.trimEnd().split('\n').at(-1)!
  const indent = /^[ \t]*/.exec(last)![0]
  return /[{([]$|=>$/.test(last) ? indent + INDENT : indent
}
