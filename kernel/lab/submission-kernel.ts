/**
 * Where a submission runs: a kernel that is confined and sees nothing of the tests. Where its process ends, it is
 * started again, and what ran well until then is run again, so that a crash costs the cell that caused it and no other.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CodeCell } from '../notebook/format.js'
import type { ErrorContent, Json } from '../protocol.js'
import { isObject } from '../notebook/format.js'
import { packageFolder } from '../preloaded.js'
import { RUNNER_GONE } from '../runner-end.js'
import { LabKernel, type Ran } from './lab-kernel.js'
import type { Answer, Question } from './remote.js'
import { ANSWER } from './respond.js'

export interface Limits {
  /** Seconds that one cell may take. */
  timeout: number
  /** Megabytes that the process may use. */
  memory: number
}

/** Compiled, as the process is that loads it. */
const RESPOND = join(packageFolder, 'dist/kernel/lab/respond.js')

export class SubmissionKernel {
  #kernel: LabKernel | undefined
  /** The cells that have run, and brought nothing down. */
  readonly #ran: CodeCell[] = []
  /** Whether the variables are lost. */
  #lost = false

  private constructor(
    private readonly folder: string,
    private readonly limits: Limits,
  ) {}

  static async start(limits: Limits): Promise<SubmissionKernel> {
    return new SubmissionKernel(await mkdtemp(join(tmpdir(), 'fovea-lab-')), limits)
  }

  /** Starts, so that the first cell need not wait. */
  async begin(): Promise<void> {
    await this.#ready()
  }

  /** Runs a cell of the submission, and fills in its outputs. */
  async run(cell: CodeCell): Promise<Ran> {
    const kernel = await this.#ready()
    const ran = await kernel.run(cell, this.limits.timeout)
    if (await this.#survives(kernel, ran)) this.#ran.push(cell)
    if (ran.error && !cell.outputs.some((output) => output.output_type === 'error'))
      cell.outputs.push({ output_type: 'error', ...ran.error })
    return ran
  }

  /** Has a question of the tests answered. */
  async ask({ question, name, args }: Question, seconds: number): Promise<Answer> {
    const kernel = await this.#ready()
    const asked = [name, ...(args ? [args] : [])].map((one) => JSON.stringify(one)).join(', ')
    const answer = `require(${JSON.stringify(RESPOND)}).respond(${asked})`
    const ran = await kernel.execute('', seconds, { silent: true, userExpressions: { answer } })
    await this.#survives(kernel, ran)
    if (ran.error) return { question, error: `${name}: ${described(ran.error)}` }
    const shown = ran.reply?.status === 'ok' && ran.reply.user_expressions.answer
    return { question, ...readAnswer(name, shown) }
  }

  async stop(): Promise<void> {
    await this.#kernel?.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Whether the variables are still there when what a cell has left running, its timers, is ended. */
  async #survives(kernel: LabKernel, { died }: Ran): Promise<boolean> {
    if (died) this.#lost = true
    if (this.#lost) return false
    await kernel.quiet()
    // What has come down in the meantime is heard of before the end of this.
    const after = await kernel.execute('', this.limits.timeout, { silent: true })
    if (after.died) this.#lost = true
    return !this.#lost
  }

  /** A kernel with all variables. */
  async #ready(): Promise<LabKernel> {
    for (;;) {
      if (this.#kernel?.alive && !this.#lost) return this.#kernel
      const kernel = this.#kernel?.alive ? this.#kernel : await this.#startKernel()
      this.#lost = false
      const culprit = await this.#replay(kernel)
      // A cell that ran before and brings it down now is left out, rather than tried for ever.
      if (culprit !== undefined) this.#ran.splice(culprit, 1)
    }
  }

  /** @returns Which of the cells has brought the process down, if one has. */
  async #replay(kernel: LabKernel): Promise<number | undefined> {
    for (const [i, { source }] of this.#ran.entries()) {
      const ran = await kernel.execute(source, this.limits.timeout, { silent: true })
      if (!(await this.#survives(kernel, ran))) return i
    }
    return undefined
  }

  async #startKernel(): Promise<LabKernel> {
    await this.#kernel?.stop()
    const kernel = await LabKernel.start({ cwd: this.folder, env: this.#environment() })
    kernel.onPublished = (message) => {
      // Also between two cells, by what a cell has left running.
      if (message.type === 'stream' && message.content.text.includes(RUNNER_GONE)) this.#lost = true
    }
    this.#kernel = kernel
    return kernel
  }

  /** Nothing of the grader's own environment, which may hold paths and secrets. */
  #environment(): Record<string, string | undefined> {
    const needed = /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|FOVEA_MODELS)$/i
    const none = Object.keys(process.env)
      .filter((name) => !needed.test(name))
      .map((name) => [name, undefined] as const)
    return {
      ...Object.fromEntries(none),
      FOVEA_CONFINED: '1',
      FOVEA_MEMORY_LIMIT: String(this.limits.memory),
      FOVEA_HEAP_LIMIT: String(this.limits.memory),
      FOVEA_INTERRUPT_TIMEOUT: '3000',
      FOVEA_OUTPUT_LIMIT: '1',
    }
  }
}

function readAnswer(name: string, shown: unknown): { value: Json } | { error: string } {
  const { status, data, ename, evalue } = (shown || {}) as Record<string, Json | undefined>
  const text = isObject(data) ? data[ANSWER] : undefined
  if (status === 'ok' && typeof text === 'string')
    try {
      return { value: JSON.parse(text) as Json }
    } catch {
      // Forged.
    }
  if (status === 'error' && typeof ename === 'string' && typeof evalue === 'string')
    return { error: `${name}: ${described({ ename, evalue })}` }
  return { error: `${name}: the answer is none` }
}

function described({ ename, evalue }: Pick<ErrorContent, 'ename' | 'evalue'>): string {
  return `${ename}: ${evalue}`.slice(0, 2000)
}
