import type { ErrorContent } from '../../../kernel/protocol.js'
import { plain } from '../helpers.js'
import type { Wire } from '../protocol/wire.js'

export interface Seen {
  /** The text of the result. */
  result?: string
  stdout: string
  stderr: string
  /** Of what is displayed, and how it is shown. */
  bundles: Record<string, unknown>[]
  error?: ErrorContent
  /** The text of the traceback, without colours. */
  traceback: string
}

/** Runs a cell, and gathers what a reader sees of it. */
export async function run(wire: Wire, code: string): Promise<Seen> {
  return seen(await wire.execute(code))
}

/** What a reader sees of a cell. */
export function seen(outcome: Awaited<ReturnType<Wire['execute']>>): Seen {
  const { contentOf, text, published } = outcome
  const error = contentOf('error') as ErrorContent | undefined
  const dataOf = (content?: Record<string, unknown>) =>
    (content?.data ?? {}) as Record<string, unknown>
  return {
    result: dataOf(contentOf('execute_result'))['text/plain'] as string | undefined,
    stdout: text(),
    stderr: text('stderr'),
    bundles: published
      .filter(({ header }) => header.msg_type === 'display_data')
      .map(({ content }) => dataOf(content)),
    error,
    traceback: error ? plain(error) : '',
  }
}
