/** The front process of a kernel: answers Jupyter's messages, and has the runner run the cells. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { complete, debugReply, inspect, kernelInfo } from './answers.js'
import { Comms, isCommMessage } from './comms.js'
import { History } from './history.js'
import { InputRequests } from './input-requests.js'
import type { CellLanguage } from './cell-language.js'
import type { ErrorContent, ExecuteReply, Header, JsonObject, Message } from './protocol.js'
import { NamesFromRunner } from './names-from-runner.js'
import { Publisher, type Publish } from './publisher.js'
import { InvalidRequest, optionalText, requiredText, userExpressions } from './requests.js'
import { RunnerProcess } from './runner-process.js'
import type { CellMessage, NamesAnswer, Outcome, ToRunner } from './runner/messages.js'
import { CellTimeout } from './cell-timeout.js'
import { failed, RUNNER_GONE } from './runner-end.js'
import { runtimeError } from './traceback.js'

/** What the session needs of the sockets. */
export interface Transport {
  reply(request: Message, type: string, content: object, metadata?: JsonObject): void
  publish: Publish
  requestInput(request: Message, prompt: string, password: boolean): void
  /** Settles when all that was sent has left. */
  flushed(): Promise<void>
}

/** A request on whose behalf code runs in the runner. */
interface Execution {
  request: Message
  silent: boolean
  allowStdin: boolean
  /** Ends a cell that runs. */
  done?: (outcome: Outcome) => void
}

/** Late output is still attributed to a cell while it is among the last so many. */
const REMEMBERED_EXECUTIONS = 200

/** Milliseconds that a shutdown waits for a cell that is being compiled. */
const SHUTDOWN_PATIENCE = 1000

const INTERRUPTED = failed('KeyboardInterrupt', 'the cell was interrupted')
const SHUT_DOWN = failed('KernelShutdown', 'the kernel was shut down while the cell ran')

export class Session {
  private readonly publisher: Publisher
  private readonly runner: RunnerProcess
  private readonly history = new History()
  private readonly comms: Comms
  private readonly inputs: InputRequests
  private readonly names: NamesFromRunner
  /** Once it is loaded, and the promise of it. */
  private language: CellLanguage | undefined
  private languageLoading: Promise<CellLanguage> | undefined
  /** Cells that are counted, and those that are not. */
  private count = 0
  private uncounted = 0
  private queue: Message[] = []
  private draining = false
  /** Settles when the cell that runs, or is being compiled, has its reply. */
  private executing: Promise<void> | undefined
  private interrupts = 0
  private stopped = false
  /** By the id of the request. */
  private readonly executions = new Map<string, Execution>()
  private running: Execution | undefined
  /** The execution that output of unknown origin goes to. */
  private latest: Message | undefined

  /** @param exit ends the process. */
  constructor(
    private readonly transport: Transport,
    private readonly exit: () => void,
  ) {
    this.publisher = new Publisher((...message) => transport.publish(...message))
    this.publisher.publish('status', { execution_state: 'starting' }, {})
    this.runner = new RunnerProcess({
      message: (message) => this.receiveFromRunner(message),
      nativeOutput: (name, text) => {
        if (!this.running?.silent) this.publisher.stream(name, text, this.latest?.header ?? {})
      },
      ended: (reason) => this.runnerEnded(reason),
    })
    const sendToRunner = (message: ToRunner) => void this.runner.send(message)
    this.comms = new Comms(this.publisher, sendToRunner)
    this.names = new NamesFromRunner(sendToRunner)
    this.inputs = new InputRequests((asker, prompt, password) => {
      this.publisher.flush()
      transport.requestInput(asker, prompt, password)
    }, sendToRunner)
    // It takes most of a second, which the first cell should not have to wait for.
    setTimeout(() => void this.loadLanguage())
  }

  private loadLanguage(): Promise<CellLanguage> {
    return (this.languageLoading ??= import('./cell-language.js').then(async ({ CellLanguage }) => {
      await setImmediate() // what waits for TypeScript alone is answered first
      return (this.language = new CellLanguage(async (request) =>
        this.running ? [] : this.names.ask(request),
      ))
    }))
  }

  /** A message on the shell or control channel. Nothing here waits for a cell that runs. */
  async receive(request: Message): Promise<void> {
    if (request.type === 'execute_request' || this.mustWait(request)) {
      this.queue.push(request)
      if (!this.draining) await this.drain()
    } else if (isCommMessage(request.type)) await this.handleComm(request)
    else {
      this.status('busy', request)
      const answer = await this.answer(request).catch((error: unknown) => this.refusal(error))
      if (answer) this.reply(request, answer)
      this.publisher.flush()
      this.status('idle', request)
    }
  }

  /** A message on the stdin channel. */
  receiveInput(reply: Message): void {
    if (reply.type === 'input_reply') this.inputs.receive(reply)
  }

  /** Stops what runs; settles when it has stopped. */
  async interrupt(): Promise<void> {
    this.interrupts++
    const handlers = this.comms.unhandled()
    await this.runner.interrupt()
    handlers.forEach((id) => this.comms.handled(id))
  }

  /** Ends the runner; the session is of no use after. */
  stop(): void {
    this.stopped = true
    this.runner.stop()
  }

  /** The content of the reply; none where the message asks for no reply. */
  private async answer({ type, content, header }: Message): Promise<object | undefined> {
    switch (type) {
      case 'kernel_info_request':
        // Clients take this answer for a sign that the next ones come at once; some give up after a second.
        await this.loadLanguage().catch(() => {})
        return kernelInfo()
      case 'complete_request':
        return complete(await this.loadLanguage(), content)
      case 'inspect_request':
        return inspect(await this.loadLanguage(), content)
      case 'is_complete_request':
        return (await import('./completeness.js')).completeness(requiredText(content, 'code'))
      case 'history_request':
        return { status: 'ok', history: this.history.query(content) }
      case 'comm_info_request':
        return this.comms.info(optionalText(content, 'target_name'))
      case 'interrupt_request':
        await this.interrupt()
        return { status: 'ok' }
      case 'shutdown_request':
        return this.shutdown(content.restart === true, header)
      case 'debug_request':
        return debugReply(content)
    }
    if (!type.endsWith('_request')) return undefined
    return { status: 'error', ...errorContent('UnknownRequest', `this kernel knows no ${type}`) }
  }

  private async shutdown(restart: boolean, header: Header): Promise<object> {
    this.stop()
    this.running?.done?.(SHUT_DOWN)
    this.queue
      .splice(0)
      .filter(isExecution)
      .forEach((waiting) => this.abort(waiting))
    await Promise.race([this.executing, sleep(SHUTDOWN_PATIENCE)])
    const answer = { status: 'ok' as const, restart }
    this.publisher.publish('shutdown_reply', answer, header)
    setTimeout(() => void this.transport.flushed().then(this.exit), 50) // after 'idle'
    return answer
  }

  /** What a request gets that cannot be answered. */
  private refusal(error: unknown): { status: 'error' } & ErrorContent {
    if (error instanceof InvalidRequest)
      return { status: 'error', ...errorContent(error.name, error.message) }
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    return { status: 'error', ename: name, evalue: message, traceback: [stack ?? message] }
  }

  private reply(request: Message, content: object, metadata?: JsonObject): void {
    const type = request.type.replace(/_request$/, '_reply')
    this.transport.reply(request, type, content, metadata)
  }

  private status(execution_state: 'busy' | 'idle', request: Message): void {
    this.publisher.publish('status', { execution_state }, request.header)
  }

  // Comms.

  /**
   * A comm opens after the cells that were sent before it, since one of them may register its
   * target; messages wait for their comm to open. Other messages reach a cell that awaits them.
   */
  private mustWait({ type, content }: Message): boolean {
    if (!isCommMessage(type)) return false
    if (type === 'comm_open') return true
    return this.queue.some(
      (waiting) => isCommMessage(waiting.type) && waiting.content.comm_id === content.comm_id,
    )
  }

  private async handleComm(request: Message): Promise<void> {
    this.status('busy', request)
    this.remember({ request, silent: false, allowStdin: false })
    try {
      await this.comms.receive(request)
    } catch (error) {
      console.error(`fovea: ${request.type}: ${(error as Error).message}`)
    }
    this.publisher.flush()
    this.status('idle', request)
  }

  // Execution: one cell after another.

  private async drain(): Promise<void> {
    this.draining = true
    for (let request = this.queue.shift(); request; request = this.queue.shift())
      if (isCommMessage(request.type)) void this.handleComm(request)
      else await (this.executing = this.run(request))
    this.draining = false
  }

  private async run(request: Message): Promise<void> {
    this.status('busy', request)
    const started = new Date().toISOString()
    const answer = await this.execute(request).catch((error: unknown) =>
      this.failExecution(request, this.count, this.refusal(error)),
    )
    this.publisher.flush()
    const stops = answer.status === 'error' && answer.ename !== InvalidRequest.name
    const aborted =
      stops && request.content.stop_on_error !== false && !this.stopped
        ? await this.takeQueue()
        : []
    this.reply(request, answer, { started })
    this.status('idle', request)
    aborted.forEach((waiting) => this.abort(waiting))
  }

  /** What was sent before its sender could know that a cell failed; part of it may still be on its way. */
  private async takeQueue(): Promise<Message[]> {
    await sleep(20)
    const taken = this.queue.filter(isExecution)
    this.queue = this.queue.filter((request) => !isExecution(request))
    return taken
  }

  private abort(request: Message): void {
    this.status('busy', request)
    this.reply(request, { status: 'aborted', execution_count: this.count })
    this.status('idle', request)
  }

  private async execute(request: Message): Promise<ExecuteReply> {
    const { content, header } = request
    const code = requiredText(content, 'code')
    const expressions = userExpressions(content)
    const { interrupts } = this
    const silent = content.silent === true
    const counts = !silent && content.store_history !== false
    const entry = counts ? this.history.add(++this.count, code) : undefined
    const execution_count = this.count
    // Each cell has a name of its own, by which its functions' places are found later.
    const filename = counts ? `Cell[${this.count}].ts` : `Cell[uncounted ${++this.uncounted}].ts`
    if (!silent) this.publisher.publish('execute_input', { code, execution_count }, header)
    const fail = (error: ErrorContent) => this.failExecution(request, execution_count, error)

    const language = await this.loadLanguage()
    const compilation = language.compileCell(code, filename)
    if ('error' in compilation) return fail(compilation.error)
    if (this.stopped) return fail(runtimeError(SHUT_DOWN, language))
    if (this.interrupts > interrupts) return fail(runtimeError(INTERRUPTED, language))

    const { cell, timeout } = compilation
    const timer = new CellTimeout(timeout, () => void this.interrupt())
    const ended = await new Promise<Outcome>((done) => {
      const allowStdin = content.allow_stdin === true
      this.running = this.remember({ request, silent, allowStdin, done })
      this.latest = request
      void this.runner.send({ type: 'run', id: header.msg_id, cell, userExpressions: expressions })
    })
    this.running = undefined
    const outcome = timer.end(ended)
    this.inputs.forget(request)
    if (!outcome.ok) return fail(runtimeError(outcome, language))
    const { result, userExpressions: user_expressions } = outcome
    if (result && !silent)
      this.publisher.publish('execute_result', { execution_count, ...result }, header)
    const text = result?.data['text/plain']
    if (entry && typeof text === 'string') entry.output = text
    return { status: 'ok', execution_count, payload: [], user_expressions }
  }

  private failExecution(
    request: Message,
    execution_count: number,
    { ename, evalue, traceback }: ErrorContent,
  ): ExecuteReply {
    const error = { ename, evalue, traceback }
    if (request.content.silent !== true) this.publisher.publish('error', error, request.header)
    return { status: 'error', execution_count, ...error }
  }

  private remember(execution: Execution): Execution {
    this.executions.set(execution.request.header.msg_id, execution)
    const [oldest] = this.executions.keys()
    if (this.executions.size > REMEMBERED_EXECUTIONS && oldest) this.executions.delete(oldest)
    return execution
  }

  // What the runner says.

  private receiveFromRunner(message: CellMessage | NamesAnswer): void {
    if (message.type === 'names') return this.names.receive(message)
    const execution = this.executions.get(message.id)
    const parent = execution?.request.header ?? {}
    switch (message.type) {
      case 'done':
        return execution?.done?.(message.outcome)
      case 'comm':
        return this.comms.publish(message, parent)
      case 'comm-handled':
        return this.comms.handled(message.id)
      case 'input': {
        const mayAsk = execution && execution === this.running && execution.allowStdin
        return this.inputs.ask(message, mayAsk ? execution.request : undefined)
      }
    }
    if (!execution?.silent) this.output(message, parent)
  }

  /** Publishes what code in the runner shows; all of it passes here. */
  private output(
    message: CellMessage & { type: 'stream' | 'display' | 'clear' | 'late-error' },
    parent: Partial<Header>,
  ): void {
    switch (message.type) {
      case 'stream':
        return this.publisher.stream(message.name, message.text, parent)
      case 'clear':
        return this.publisher.publish('clear_output', { wait: message.wait }, parent)
      case 'display': {
        const type = message.update ? 'update_display_data' : 'display_data'
        return this.publisher.publish(type, message.content, parent)
      }
      case 'late-error': {
        const { failure, what } = message
        const traceback = this.language
          ? runtimeError(failure, this.language).traceback
          : [failure.stack]
        this.publisher.stream('stderr', `${[what, ...traceback].join('\n')}\n`, parent)
      }
    }
  }

  private runnerEnded(reason: string): void {
    this.language?.reset()
    this.comms.lost(this.latest?.header ?? {})
    const { evalue, ...rest } = failed(
      'RunnerExit',
      `${RUNNER_GONE}: ${reason}. Variables are lost; the kernel goes on with a new one.`,
    )
    const { running } = this
    if (running?.done) running.done({ evalue, ...rest })
    else this.publisher.stream('stderr', `${evalue}\n`, this.latest?.header ?? {})
  }
}

function isExecution({ type }: Message): boolean {
  return type === 'execute_request'
}

function errorContent(ename: string, evalue: string): ErrorContent {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] }
}
