/**
 * Where the tests run: a kernel that never sees a line of a submission, but asks its functions and values over the
 * grader. What tests expect, and what they find, stays in here.
 */
import { join } from 'node:path'
import type { CodeCell } from '../notebook/format.js'
import { packageFolder } from '../preloaded.js'
import type { Json } from '../protocol.js'
import { isCode, type Assignment } from './assignment.js'
import { declaredIn, type Declared } from './declared.js'
import { LabKernel, type Ran } from './lab-kernel.js'
import { TARGET, type Answer, type Question } from './remote.js'

/** Has a question answered by the submission. */
export type Ask = (question: Question, seconds: number) => Promise<Answer>

/** Compiled, as the process is that loads it. */
const REMOTE = join(packageFolder, 'dist/kernel/lab/remote.js')
/** Seconds to load networks and the like; the cells that do it are the teacher's. */
const SETUP = 120

export class TestKernel {
  #comm = ''
  /** When the cell that runs must be done. */
  #deadline = Infinity

  private constructor(
    private readonly kernel: LabKernel,
    private readonly names: readonly Declared[],
    private readonly ask: Ask,
  ) {
    kernel.onPublished = ({ type, content }) => {
      if (type === 'comm_open' && content.target_name === TARGET)
        this.#comm = String(content.comm_id)
      if (type === 'comm_msg' && content.comm_id === this.#comm) void this.#answer(content.data)
    }
  }

  /**
   * Starts a kernel and runs the cells that are the same for all, the locked ones.
   *
   * @param cwd Where relative paths of these cells begin.
   * @throws Error where one of these fails.
   */
  static async start(assignment: Assignment, cwd: string, ask: Ask): Promise<TestKernel> {
    const code = assignment.cells.filter(isCode)
    const locked = code.filter(({ role }) => role === 'locked')
    const shared = locked.flatMap(({ cell }) => declaredIn(cell.source)).map(({ name }) => name)
    const names = code
      .filter(({ role }) => role === 'solution' || role === 'manual')
      .flatMap(({ cell }) => declaredIn(cell.source))
      .filter(({ name }, i, all) => all.findIndex((one) => one.name === name) === i)
    const kernel = new TestKernel(await LabKernel.start({ cwd }), names, ask)
    try {
      const functions = names.filter(({ isFunction }) => isFunction).map(({ name }) => name)
      const lines = functions.map(
        (name) => `var ${name} = remote.remoteFunction(${JSON.stringify(name)})`,
      )
      await kernel.#setUp(
        [
          `const remote: any = require(${JSON.stringify(REMOTE)})`,
          `remote.connect(${JSON.stringify(shared)})`,
          ...lines,
        ].join('\n'),
      )
      for (const { cell, id } of locked) await kernel.#setUp(cell.source, id)
      return kernel
    } catch (error) {
      await kernel.stop()
      throw error
    }
  }

  /** Runs a cell of tests, and fills in its outputs. */
  async run(cell: CodeCell, seconds: number): Promise<Ran> {
    this.#deadline = performance.now() + seconds * 1000
    const values = this.names.filter(
      ({ name, isFunction }) => !isFunction && mentions(cell.source, name),
    )
    if (values.length > 0) {
      const lines = values.map(
        ({ name }) => `var ${name}: any = await remote.remoteValue(${JSON.stringify(name)})`,
      )
      const ran = await this.kernel.execute(lines.join('\n'), seconds, { silent: true })
      if (ran.error) {
        cell.outputs = [{ output_type: 'error', ...ran.error }]
        return ran
      }
    }
    // A little longer than the submission may take, which is told by a better message.
    return this.kernel.run(cell, seconds + 2)
  }

  stop(): Promise<void> {
    return this.kernel.stop()
  }

  async #setUp(code: string, id = 'the first cell'): Promise<void> {
    const { error } = await this.kernel.execute(code, SETUP, { silent: true })
    if (error) throw new Error(`the source's cell '${id}' fails: ${error.ename}: ${error.evalue}`)
  }

  async #answer(data: Json | object): Promise<void> {
    const left = (this.#deadline - performance.now()) / 1000
    const question = data as unknown as Question
    const answer: Answer =
      left > 0
        ? await this.ask(question, left)
        : { question: question.question, error: `${question.name}: no time is left` }

    for await (const message of this.kernel.client.comm('comm_msg', {
      comm_id: this.#comm,
      data: answer,
    }))
      void message
  }
}

function mentions(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w$.])${name.replace(/\$/g, '\\$')}(?![\\w$])`).test(code)
}
