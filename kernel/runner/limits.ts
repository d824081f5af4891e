/** Keeps what a cell shows within bounds that a front-end can bear. */
import { limitFrom, megabytes, OutputBudget } from '../output-limit.js'
import type { FromRunner, Shown } from './messages.js'
import { byteLength, entries, NativeMap, stringify } from './primordials.js'
import { write } from './write.js'

/** Characters of text that a cell may print. */
let textLimit = limitFrom('FOVEA_OUTPUT_LIMIT', 20)
/** Characters of the bundles that a cell may show; base64 counts as it is. */
const displayLimit = limitFrom('FOVEA_DISPLAY_LIMIT', 50)

interface Budget {
  text: OutputBudget
  displayed: number
  refused: number
}

const budgets = new NativeMap<string, Budget>()
/** Output after the end of a cell still counts to it, while it is among the last so many. */
const REMEMBERED = 100

function budgetOf(id: string): Budget {
  let budget = budgets.get(id)
  if (!budget) {
    budgets.set(id, (budget = { text: new OutputBudget(), displayed: 0, refused: 0 }))
    const [oldest] = budgets.keys()
    if (budgets.size > REMEMBERED && oldest !== undefined) budgets.delete(oldest)
  }
  return budget
}

/**
 * How many megabytes of text a cell may print from now on.
 *
 * @returns the limit that holds now; Infinity where there is none.
 */
export function outputLimit(limit?: number): number {
  if (limit !== undefined) {
    if (typeof limit !== 'number' || !(limit > 0))
      throw new RangeError(
        `the output limit is a number of megabytes above 0, or Infinity, not ${String(limit)}`,
      )
    textLimit = limit * 1e6
    write(stringify({ type: 'limits', text: limit === Infinity ? null : textLimit }))
  }
  return textLimit / 1e6
}

/** Sends a message, or what the limits leave of it. */
export function sendWithinLimits(message: FromRunner): void {
  if (message.type === 'stream') {
    const text = budgetOf(message.id).text.take(message.name, message.text, textLimit)
    if (text) write(stringify({ ...message, text }))
    return
  }
  if (message.type === 'display') return sendDisplay(message)
  if (message.type !== 'done') return write(stringify(message))
  const { id, outcome } = message
  const last = budgets.get(id)?.text.conclude()
  if (last) write(stringify({ type: 'stream', id, ...last }))
  const line = serialise(message)
  if (line !== undefined && line.length <= displayLimit + MARGIN) return write(line)
  const result = outcome.ok && outcome.result ? notice(outcome.result) : undefined
  write(stringify({ ...message, outcome: { ...outcome, result, userExpressions: {} } }))
}

/** What of a message is no bundle. */
const MARGIN = 10_000
/** So many refusals are told one by one. */
const TOLD = 5

function sendDisplay(message: FromRunner & { type: 'display' }): void {
  const budget = budgetOf(message.id)
  const line = serialise(message)
  // An update takes the place of what was shown before.
  const before = message.update ? 0 : budget.displayed
  if (line !== undefined && before + line.length <= displayLimit + MARGIN) {
    if (!message.update) budget.displayed += line.length
    return write(line)
  }
  if (++budget.refused > TOLD) return
  const { transient } = message.content
  write(stringify({ ...message, content: { ...notice(message.content, before), transient } }))
}

/** Undefined where it is longer than a string can be. */
function serialise(message: FromRunner): string | undefined {
  try {
    return stringify(message)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** What is shown in place of a bundle that is too large. */
function notice({ data }: Shown, before = 0): Shown {
  const sizes = entries(data).map(([type, value]) => {
    const size = typeof value === 'string' ? byteLength(value) : (serialiseSize(value) ?? Infinity)
    return `${type} ${megabytes(size)}`
  })
  const already = before > 0 ? `, and this one has shown ${megabytes(before)} already` : ''
  const text =
    `[A display was left out: ${sizes.join(', ')}. A cell shows at most ${megabytes(displayLimit)} of displays` +
    `${already}. Save it to a file instead, or set FOVEA_DISPLAY_LIMIT=MEGABYTES in the kernel's environment.]`
  return { data: { 'text/plain': text }, metadata: {} }
}

function serialiseSize(value: unknown): number | undefined {
  try {
    return stringify(value)?.length
  } catch {
    return undefined
  }
}
