/** The front process of a kernel: answers Jupyter's messages, and has the runner run the cells. */
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { History } from './history.js'
import type { Language } from './language.js'
import { packageFolder } from './preloaded.js'
import {
  PROTOCOL_VERSION,
  type CompleteReply,
  type ErrorContent,
  type ExecuteReply,
  type Header,
  type InspectReply,
  type JsonObject,
  type KernelInfoReply,
  type Message,
} from './protocol.js'
import { Publisher } from './publisher.js'
import { RunnerProcess } from './runner-process.js'
import type { FromRunner, Outcome } from './runner/messages.js'
import { runtimeError, typeScriptError } from './traceback.js'

/** What the session needs of the sockets. */
export interface Transport {
  reply(request: Message, type: string, content: object): void
  publish(type: string, content: object, parent: Partial<Header>): void
  requestInput(request: Message, prompt: string, password: boolean): void
  /** Settles when all that was sent has left. */
  flushed(): Promise<void>
}

interface Execution {
  request: Message
  silent: boolean
  allowStdin: boolean
  done(outcome: Outcome): void
}

const require = createRequire(import.meta.url)
const { version } = require(`${packageFolder}package.json`) as { version: string }
const { version: typeScriptVersion } = require('typescript/package.json') as { version: string }

/** Late output is still attributed to a cell while it is among the last so many. */
const REMEMBERED_EXECUTIONS = 200

export class Session {
  private readonly publisher: Publisher
  private readonly runner: RunnerProcess
  private readonly history = new History()
  /** Once it is loaded, and the promise of it. */
  private language: Language | undefined
  private languageLoading: Promise<Language> | undefined
  private count = 0
  private readonly queue: Message[] = []
  private draining = false
  private readonly executions = new Map<string, Execution>()
  private running: Execution | undefined
  /** The execution that output of unknown origin goes to. */
  private latest: Message | undefined
  private inputRequest: number | undefined

  /** @param exit ends the process. */
  constructor(
    private readonly transport: Transport,
    private readonly exit: () => void,
  ) {
    this.publisher = new Publisher((type, content, parent) =>
      transport.publish(type, content, parent),
    )
    this.publisher.publish('status', { execution_state: 'starting' }, {})
    this.runner = new RunnerProcess({
      message: (message) => this.receiveFromRunner(message),
      nativeOutput: (name, text) => {
        if (!this.running?.silent) this.publisher.stream(name, text, this.latest?.header ?? {})
      },
      ended: (reason) => this.runnerEnded(reason),
    })
    this.loadLanguageSoon(1000)
  }

  /** The compiler blocks for most of a second: before the first cell, but after the first answers. */
  private loadLanguageSoon(milliseconds: number): void {
    if (!this.languageLoading) setTimeout(() => void this.loadLanguage(), milliseconds)
  }

  private loadLanguage(): Promise<Language> {
    return (this.languageLoading ??= import('./language.js').then(
      ({ Language }) => (this.language = new Language()),
    ))
  }

  /** A message on the shell or control channel. Nothing here waits for a cell that runs. */
  async receive(request: Message): Promise<void> {
    if (request.type === 'execute_request') {
      this.queue.push(request)
      if (!this.draining) await this.drain()
      return
    }
    this.status('busy', request)
    try {
      await this.answer(request)
    } catch (error) {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
      const content = {
        status: 'error',
        ename: name,
        evalue: message,
        traceback: [stack ?? message],
      }
      this.transport.reply(request, request.type.replace(/_request$/, '_reply'), content)
    }
    this.publisher.flush()
    this.status('idle', request)
    this.loadLanguageSoon(100)
  }

  /** A message on the stdin channel. */
  receiveInput(reply: Message): void {
    const request = this.inputRequest
    if (reply.type !== 'input_reply' || request === undefined) return
    this.inputRequest = undefined
    void this.runner.send({ type: 'input', request, value: text(reply.content.value) })
  }

  interrupt(): Promise<void> {
    return this.runner.interrupt()
  }

  /** Ends the runner; the session is of no use after. */
  stop(): void {
    this.runner.stop()
  }

  private async answer(request: Message): Promise<void> {
    const { type, content } = request
    const reply = (answer: object) =>
      this.transport.reply(request, type.replace(/_request$/, '_reply'), answer)
    switch (type) {
      case 'kernel_info_request':
        return reply(kernelInfo())
      case 'complete_request':
        return reply(await this.complete(text(content.code), offset(content.cursor_pos)))
      case 'inspect_request':
        return reply(
          await this.inspect(
            text(content.code),
            offset(content.cursor_pos),
            content.detail_level === 1,
          ),
        )
      case 'is_complete_request':
        return reply((await this.loadLanguage()).isComplete(text(content.code)))
      case 'history_request':
        return reply({ status: 'ok', history: this.history.query(content) })
      case 'comm_info_request':
        return reply({ status: 'ok', comms: {} })
      case 'comm_open': // no cell can register a target yet: the specification's answer is to close
        this.publisher.publish(
          'comm_close',
          { comm_id: text(content.comm_id), data: {} },
          request.header,
        )
        return
      case 'interrupt_request':
        await this.interrupt()
        return reply({ status: 'ok' })
      case 'shutdown_request': {
        const answer = { status: 'ok' as const, restart: content.restart === true }
        this.stop()
        reply(answer)
        this.publisher.publish('shutdown_reply', answer, request.header)
        setTimeout(() => void this.transport.flushed().then(this.exit), 50) // after 'idle'
      }
    }
  }

  private status(execution_state: 'busy' | 'idle', request: Message): void {
    this.publisher.publish('status', { execution_state }, request.header)
  }

  // Execution: one cell after another.

  private async drain(): Promise<void> {
    this.draining = true
    for (let request = this.queue.shift(); request; request = this.queue.shift()) {
      this.status('busy', request)
      const answer = await this.execute(request)
      this.publisher.flush()
      const aborted =
        answer.status === 'error' && request.content.stop_on_error !== false
          ? await this.takeQueue()
          : []
      this.transport.reply(request, 'execute_reply', answer)
      this.status('idle', request)
      aborted.forEach((waiting) => this.abort(waiting))
    }
    this.draining = false
  }

  /** What was sent before its sender could know that a cell failed; part of it may still be on its way. */
  private async takeQueue(): Promise<Message[]> {
    await sleep(20)
    return this.queue.splice(0)
  }

  private abort(request: Message): void {
    this.status('busy', request)
    this.transport.reply(request, 'execute_reply', {
      status: 'aborted',
      execution_count: this.count,
    })
    this.status('idle', request)
  }

  private async execute(request: Message): Promise<ExecuteReply> {
    const { content, header } = request
    const code = text(content.code)
    const silent = content.silent === true
    if (!silent && content.store_history !== false) this.history.add(++this.count, code)
    const execution_count = this.count
    const filename = `Cell[${execution_count}].ts`
    if (!silent) this.publisher.publish('execute_input', { code, execution_count }, header)
    const fail = (error: ErrorContent): ExecuteReply => {
      if (!silent) this.publisher.publish('error', error, header)
      return { status: 'error', execution_count, ...error }
    }

    const language = await this.loadLanguage()
    const compilation = language.compile(code, filename)
    if ('diagnostics' in compilation)
      return fail(typeScriptError(compilation.diagnostics, code, filename))

    const userExpressions = expressions(content.user_expressions)
    const outcome = await new Promise<Outcome>((done) => {
      this.begin({ request, silent, allowStdin: content.allow_stdin === true, done })
      const { cell } = compilation
      void this.runner.send({ type: 'run', id: header.msg_id, cell, userExpressions })
    })
    this.running = undefined
    if (!outcome.ok) return fail(runtimeError(outcome, language))
    const { result, userExpressions: user_expressions } = outcome
    if (result && !silent)
      this.publisher.publish('execute_result', { execution_count, ...result }, header)
    return { status: 'ok', execution_count, payload: [], user_expressions }
  }

  private begin(execution: Execution): void {
    this.running = execution
    this.latest = execution.request
    this.executions.set(execution.request.header.msg_id, execution)
    const [oldest] = this.executions.keys()
    if (this.executions.size > REMEMBERED_EXECUTIONS && oldest) this.executions.delete(oldest)
  }

  private receiveFromRunner(message: FromRunner): void {
    if (message.type === 'ready' || message.type === 'stopped') return
    const execution = this.executions.get(message.id)
    if (message.type === 'done') return execution?.done(message.outcome)
    if (message.type === 'input') return this.askForInput(message, execution)
    if (execution?.silent) return
    const parent = execution?.request.header ?? {}
    if (message.type === 'late-error') {
      const { failure, what } = message
      const traceback = this.language
        ? runtimeError(failure, this.language).traceback
        : [failure.stack]
      this.publisher.stream('stderr', `${[what, ...traceback].join('\n')}\n`, parent)
    } else if (message.type === 'stream') this.publisher.stream(message.name, message.text, parent)
    else if (message.type === 'clear')
      this.publisher.publish('clear_output', { wait: message.wait }, parent)
    else
      this.publisher.publish(
        message.update ? 'update_display_data' : 'display_data',
        message.content,
        parent,
      )
  }

  private askForInput(
    message: FromRunner & { type: 'input' },
    execution: Execution | undefined,
  ): void {
    if (!execution?.allowStdin) {
      void this.runner.send({ type: 'input-refused', request: message.request })
      return
    }
    this.publisher.flush()
    this.inputRequest = message.request
    this.transport.requestInput(execution.request, message.prompt, message.password)
  }

  private runnerEnded(reason: string): void {
    this.language?.reset()
    const evalue = `The process that runs the cells is gone: ${reason}. Variables are lost; the kernel goes on with a new one.`
    const { running } = this
    if (running)
      running.done({ ok: false, ename: 'RunnerExit', evalue, stack: `RunnerExit: ${evalue}` })
    else this.publisher.stream('stderr', `${evalue}\n`, this.latest?.header ?? {})
  }

  // Language.

  private async complete(code: string, cursor: number): Promise<CompleteReply> {
    const position = unitOffset(code, cursor)
    const language = await this.loadLanguage()
    const { start, end, completions } = language.complete(code, position)
    const [cursor_start, cursor_end] = [codePointOffset(code, start), codePointOffset(code, end)]
    const types = completions.slice(0, 200).map(({ text, kind }) => ({
      text,
      type: kind,
      start: cursor_start,
      end: cursor_end,
    }))
    const matches = completions.map(({ text }) => text)
    const metadata = { _jupyter_types_experimental: types }
    return { status: 'ok', matches, cursor_start, cursor_end, metadata }
  }

  private async inspect(code: string, cursor: number, detailed: boolean): Promise<InspectReply> {
    const language = await this.loadLanguage()
    const info = language.inspect(code, unitOffset(code, cursor), detailed)
    if (!info) return { status: 'ok', found: false, data: {}, metadata: {} }
    const { signature, documentation } = info
    const data = {
      'text/plain': [signature, documentation].filter(Boolean).join('\n\n'),
      'text/markdown': [`\`\`\`typescript\n${signature}\n\`\`\``, documentation]
        .filter(Boolean)
        .join('\n\n'),
    }
    return { status: 'ok', found: true, data, metadata: {} }
  }
}

function kernelInfo(): KernelInfoReply {
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    implementation: 'fovea',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: typeScriptVersion,
      mimetype: 'application/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: { name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `Fovea ${version}: see inside convolutional networks (TypeScript, Node ${process.versions.node})`,
    help_links: [{ text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' }],
  }
}

// What comes in is checked here, once.

function text(value: JsonObject[string]): string {
  return typeof value === 'string' ? value : ''
}

function offset(value: JsonObject[string]): number {
  return typeof value === 'number' ? value : 0
}

function expressions(value: JsonObject[string]): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(
    Object.entries(value).map(([name, expression]) => [name, text(expression)]),
  )
}

// Jupyter counts code points, JavaScript UTF-16 units.

function unitOffset(code: string, codePoints: number): number {
  return [...code].slice(0, codePoints).join('').length
}

function codePointOffset(code: string, units: number): number {
  return [...code.slice(0, units)].length
}
