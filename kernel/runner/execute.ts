/** Runs the JavaScript of a cell; its variables are shared with the cells after it. */
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import vm from 'node:vm'
import type { JsonObject } from '../protocol.js'
import { Cell, startCell } from './cells.js'
import { show } from './display.js'
import { BINDINGS_FUNCTION, type Failure, type RunRequest } from './messages.js'
import type { Modules, Require } from './modules.js'

/** The variables of all cells; bindings.ts says how they get here. */
const variables: Record<string, unknown> = {}

interface Bindings {
  plain: string[]
  live: PropertyDescriptorMap
}

type CellFunction = (...values: unknown[]) => unknown

export class Executor {
  private readonly require: Require

  /** @param file the path that the code of cells believes to be its own. */
  constructor(
    private readonly modules: Modules,
    private readonly file: string,
  ) {
    this.require = modules.requireFor(file)
  }

  async run({ id, cell: compiled, userExpressions }: RunRequest): Promise<void> {
    const cell = new Cell(id)
    const scope = [variables, this.require, this.file, dirname(this.file), share]
    try {
      this.modules.add(compiled.modules)
      const code = compile(compiled)
      await startCell(cell, () => code(...scope))
      const value = compiled.resultName ? await take(compiled.resultName) : undefined
      const result = value === undefined ? undefined : await show(value)
      await Promise.all(cell.displays)
      await setImmediate() // by then, rejections that nobody handles have been reported
      cell.finish({ ok: true, result, userExpressions: await evaluateAll(userExpressions) })
    } catch (error) {
      await Promise.allSettled(cell.displays)
      cell.finish({ ok: false, ...failure(error) })
    }
  }
}

/** Declares the variables of a cell that begins. */
function share({ plain, live }: Bindings): void {
  for (const name of plain) {
    const value = Object.getOwnPropertyDescriptor(variables, name)?.value as unknown
    Object.defineProperty(variables, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  Object.defineProperties(variables, live)
}

function take(name: string): unknown {
  const value = variables[name]
  variables[name] = undefined // so that it can be forgotten
  return value
}

function compile({ code, awaits, filename }: RunRequest['cell']): CellFunction {
  const parameters = 'exports, require, __filename, __dirname, __share__'
  const head = `(${awaits ? 'async ' : ''}function (${parameters}) {{ __share__(${BINDINGS_FUNCTION}());`
  const script = new vm.Script(`${head}${code}\n}})`, {
    filename,
    columnOffset: -head.length,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  return script.runInThisContext() as CellFunction
}

/** The values of a front-end's expressions, each with an error of its own. */
async function evaluateAll(expressions: Record<string, string>): Promise<JsonObject> {
  const results: JsonObject = {}
  for (const [name, expression] of Object.entries(expressions)) {
    try {
      results[name] = { status: 'ok', ...(await show(await evaluate(expression))) }
    } catch (error) {
      const { ename, evalue, stack } = failure(error)
      results[name] = { status: 'error', ename, evalue, traceback: stack.split('\n') }
    }
  }
  return results
}

function evaluate(expression: string): unknown {
  const source = `with (variables) { return (${expression}\n) }` // gives the names their getters
  const run = vm.compileFunction(source, ['variables']) as CellFunction
  return run(variables)
}

export function failure(error: unknown): Failure {
  const stack = inspect(error)
  if (error instanceof Error) return { ename: error.name, evalue: error.message, stack }
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown }
  if (typeof name === 'string' && typeof message === 'string')
    return { ename: name, evalue: message, stack }
  return { ename: 'Thrown', evalue: stack, stack: `a value that is no Error was thrown: ${stack}` }
}
