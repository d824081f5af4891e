import type { ExecuteOptions, KernelClient } from '../../kernel/client.js'
import type { ErrorContent, ExecuteReply, PublishedMessage } from '../../kernel/protocol.js'

export interface Ran {
  reply: ExecuteReply
  messages: PublishedMessage[]
  /** The text/plain of the execute_result. */
  result: string | undefined
  stdout: string
  stderr: string
  error: ErrorContent | undefined
}

/** Runs a cell and gathers what the kernel publishes about it. */
export async function run(
  client: KernelClient,
  code: string,
  options?: ExecuteOptions,
): Promise<Ran> {
  const exchange = client.execute(code, options)
  const ran: Ran = {
    reply: { status: 'aborted', execution_count: -1 },
    messages: [],
    result: undefined,
    stdout: '',
    stderr: '',
    error: undefined,
  }
  for await (const message of exchange) {
    ran.messages.push(message)
    if (message.type === 'stream') ran[message.content.name] += message.content.text
    if (message.type === 'execute_result') ran.result = message.content.data['text/plain'] as string
    if (message.type === 'error') ran.error = message.content
  }
  ran.reply = await exchange.reply
  return ran
}

/** The text of a traceback, without colours. */
export function plain({ traceback }: ErrorContent): string {
  // eslint-disable-next-line no-control-regex
  return traceback.join('\n').replace(/\u001b\[\d+m/g, '')
}
