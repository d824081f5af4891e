/** How much a cell may print. What is beyond is counted and left out, but for its last lines. */
import type { StreamName } from './protocol.js'

const MEGABYTE = 1e6

/** The characters kept of what was left out: they are shown when the cell is over. */
const TAIL = 2000

/** What one cell has printed. */
export class OutputBudget {
  private printed = 0
  private omitted = 0
  private omittedLines = 0
  private tail = ''
  private tailName: StreamName = 'stdout'

  /**
   * What of a text is to be shown: all of it, its beginning with a notice, or nothing.
   *
   * @param limit characters, Infinity for any number.
   */
  take(name: StreamName, text: string, limit: number): string {
    const room = Math.max(0, limit - this.printed)
    this.printed += text.length
    if (text.length <= room) return text
    const rest = text.slice(room)
    this.omitted += rest.length
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n', at + 1)) this.omittedLines++
    this.tail = (this.tail + rest.slice(-TAIL)).slice(-TAIL)
    this.tailName = name
    if (this.omitted > rest.length) return ''
    return (
      `${text.slice(0, room)}\n[The output was cut here: a cell shows at most ${megabytes(limit)} of text. ` +
      `outputLimit(MEGABYTES) in a cell, or FOVEA_OUTPUT_LIMIT=MEGABYTES in the kernel's environment, changes that.]\n`
    )
  }

  /** Says, once the cell is over, how much was left out, and gives its last lines. */
  conclude(): { name: StreamName; text: string } | undefined {
    if (this.omitted === 0) return undefined
    const lines = this.omittedLines > 0 ? `, ${this.omittedLines.toLocaleString('en')} lines` : ''
    const whole = this.tail.length === this.omitted
    const firstBreak = this.tail.indexOf('\n')
    const tail = whole || firstBreak < 0 ? this.tail : this.tail.slice(firstBreak + 1)
    const text = `[${megabytes(this.omitted)}${lines} were left out. The last of it:]\n${tail}`
    this.omitted = this.omittedLines = 0
    this.tail = ''
    this.printed = 0 // what comes after the cell has a budget of its own
    return { name: this.tailName, text }
  }
}

export function megabytes(count: number): string {
  if (count < MEGABYTE / 10) return `${(count / 1000).toFixed(1)} KB`
  return `${(count / MEGABYTE).toFixed(count < 10 * MEGABYTE ? 1 : 0)} MB`
}

/** A limit in characters from the environment, where it is given in megabytes; 0 means no limit. */
export function limitFrom(name: string, standard: number): number {
  const given = process.env[name]
  const value = Number(given)
  if (given === undefined || given === '' || !(value >= 0)) return standard * MEGABYTE
  return value === 0 ? Infinity : value * MEGABYTE
}
