/** How the commands that run notebooks tell of their cells. */
import { stripVTControlCharacters } from 'node:util'
import { firstLine, type CellRun, type NumberedCell } from '../notebook/run.js'

const LINE_WIDTH = 72

/** `[ 3/12] const net = …`, of a fixed width, for a time to follow. */
export function progressLine({ cell, number, total }: NumberedCell): string {
  const position = `[${String(number).padStart(String(total).length)}/${total}] `
  const line = position + firstLine(cell)
  return line.length > LINE_WIDTH ? `${line.slice(0, LINE_WIDTH - 1)}…` : line.padEnd(LINE_WIDTH)
}

/** A time in seconds, to end a progress line. */
export const timeOf = ({ seconds }: CellRun): string => `${seconds.toFixed(2).padStart(8)} s\n`

/** The cell, its first line and the error, with the colours of the traceback on a terminal only. */
export function failureReport(path: string, { cell, number, error }: CellRun): string {
  const { ename = '', evalue = '', traceback = [] } = error ?? {}
  const text = traceback.length > 0 ? traceback.join('\n') : `${ename}: ${evalue}`
  const shown = process.stderr.isTTY ? text : stripVTControlCharacters(text)
  return `\n${path}: cell [${number}] failed: ${firstLine(cell)}\n${shown}\n\n`
}
