/** The cells that ran, and the queries that front-ends ask of them. */
import type { HistoryReply, JsonObject } from './protocol.js'

type Entry = HistoryReply['history'][number]

export class History {
  private readonly entries: [session: number, line: number, input: string][] = []

  add(line: number, input: string): void {
    this.entries.push([0, line, input])
  }

  /** Answers a history_request: the tail, a range, or a search with `*` and `?`. */
  query(request: JsonObject): Entry[] {
    const count = typeof request.n === 'number' ? request.n : Infinity
    let found = this.entries
    if (request.hist_access_type === 'range') {
      const start = typeof request.start === 'number' ? request.start : 1
      const stop = typeof request.stop === 'number' ? request.stop : Infinity
      found = found.filter(([, line]) => line >= start && line < stop)
    } else {
      if (request.hist_access_type === 'search') {
        const pattern = wildcard(typeof request.pattern === 'string' ? request.pattern : '*')
        found = found.filter(([, , input]) => pattern.test(input))
        // Of equal inputs the last one counts.
        if (request.unique === true)
          found = [...new Map(found.map((entry) => [entry[2], entry])).values()]
      }
      found = found.slice(Math.max(0, found.length - count))
    }
    return request.output === true
      ? found.map(([session, line, input]) => [session, line, [input, null]])
      : found
  }
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\*/g, '[^]*').replace(/\?/g, '[^]')}$`)
}
