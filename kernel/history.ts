/** The cells that ran, and the queries that front-ends ask of them. */
import type { HistoryReply, JsonObject } from './protocol.js'

/** The history is that of one session, which counts as the first. */
const SESSION = 1

interface Entry {
  line: number
  input: string
  /** The text of the result; null where there was none. */
  output: string | null
}

export class History {
  private readonly entries: Entry[] = []

  /** @returns the entry, which gets its output when the cell has run. */
  add(line: number, input: string): Entry {
    const entry = { line, input, output: null }
    this.entries.push(entry)
    return entry
  }

  /** Answers a history_request: the tail, a range, or a search with `*` and `?`. */
  query(request: JsonObject): HistoryReply['history'] {
    return this.find(request).map(({ line, input, output }) => [
      SESSION,
      line,
      request.output === true ? [input, output] : input,
    ])
  }

  private find(request: JsonObject): Entry[] {
    const { hist_access_type, pattern, unique } = request
    if (hist_access_type === 'range') {
      // 0 is the present session, negative numbers are those before it.
      const session = number(request.session, 0)
      if (session !== 0 && session !== SESSION) return []
      const start = number(request.start, 1)
      const stop = number(request.stop, Infinity)
      return this.entries.filter(({ line }) => line >= start && line < stop)
    }
    let found = this.entries
    if (hist_access_type === 'search') {
      const glob = typeof pattern === 'string' ? pattern : '*'
      found = found.filter(({ input }) => matchesGlob(input, glob))
      if (unique === true) found = latestOfEach(found)
    }
    const count = Math.max(0, number(request.n, Infinity))
    return found.slice(Math.max(0, found.length - count))
  }
}

/** Of equal inputs the last one counts. */
function latestOfEach(entries: Entry[]): Entry[] {
  const latest = new Map(entries.map((entry) => [entry.input, entry]))
  return entries.filter((entry) => latest.get(entry.input) === entry)
}

function number(value: JsonObject[string], fallback: number): number {
  return typeof value === 'number' ? value : fallback
}

/**
 * Whether a pattern with `*` (any text) and `?` (any character) describes the whole of a text. A
 * regular expression of many stars would take forever to fail; here the last star alone is retried.
 */
function matchesGlob(text: string, pattern: string): boolean {
  let [at, place] = [0, 0]
  let [star, retry] = [-1, 0]
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place++
      retry = at
    } else if (pattern[place] === '?' || pattern[place] === text[at]) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++retry
    } else return false
  }
  while (pattern[place] === '*') place++
  return place === pattern.length
}
