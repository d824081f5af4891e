/** Runs the JavaScript of a cell; its variables are shared with the cells after it. */
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import vm from 'node:vm'
import type { JsonObject } from '../protocol.js'
import { Cell, startCell } from './cells.js'
import { show } from './display.js'
import { functionOf, type CodeFunction } from './functions.js'
import { enterMagics } from './magics.js'
import { BINDINGS_FUNCTION, type Failure, type NamesRequest, type RunRequest } from './messages.js'
import { MODULE_PARAMETERS, type Modules } from './modules.js'
import { namesOf } from './names.js'
import { entries, getOwnPropertyDescriptor, promiseAll, promiseAllSettled } from './primordials.js'
import { declare, exportsFor, holding, variableOf, variables } from './variables.js'

interface Bindings {
  plain: string[]
  live: Record<string, { value: unknown }>
}

export class Executor {
  /** @param file the path that the code of cells believes to be its own. */
  constructor(
    private readonly modules: Modules,
    private readonly file: string,
  ) {}

  async run({ id, cell: compiled, userExpressions }: RunRequest): Promise<void> {
    const cell = new Cell(id)
    const { imports, modules } = compiled
    let leave = () => {}
    try {
      this.modules.add(modules)
      const code = compile(compiled)
      const start = () => {
        const exports = exportsFor(compiled.code)
        return code(...this.modules.scopeFor(this.file, exports, () => imports), share)
      }
      leave = startCell(cell, () => enterMagics(cell, compiled))
      await startCell(cell, () =>
        imports.some(({ declared }) => declared)
          ? this.modules.prepare(imports, this.file).then(() => !cell.interrupted && start())
          : start(),
      )
      const value = compiled.resultName ? await take(compiled.resultName) : undefined
      const result = value === undefined ? undefined : await show(value)
      await promiseAll(cell.displays)
      leave()
      await setImmediate() // by then, rejections that nobody handles have been reported
      cell.finish({ ok: true, result, userExpressions: await evaluateAll(userExpressions) })
    } catch (error) {
      await promiseAllSettled(cell.displays)
      leave()
      cell.finish({ ok: false, ...failure(error) })
    }
  }
}

/** The names in what the variables of cells hold, for completion. */
export function namesInVariables(request: NamesRequest): Promise<string[]> {
  return namesOf(variables, request)
}

/** Declares the variables of a cell that begins. */
function share({ plain, live }: Bindings): void {
  for (const name of plain) {
    const { now } = variableOf(name)
    const hasValue = getOwnPropertyDescriptor(now, 'value')?.value !== undefined
    declare(name, hasValue ? now : notYet(name))
  }
  for (const [name, now] of entries(live)) declare(name, now)
}

/** Of a variable whose declaration has not run: that of a cell that failed half-way never does. */
function notYet(name: string): { value: unknown } {
  const variable = variableOf(name)
  return {
    get value() {
      throw new ReferenceError(`'${name}' has no value: its cell ended before its declaration`)
    },
    set value(value: unknown) {
      variable.now = holding(value)
    },
  }
}

function take(name: string): unknown {
  const { now } = variableOf(name)
  const { value } = now
  now.value = undefined // so that it can be forgotten
  return value
}

function compile({ code, awaits, filename }: RunRequest['cell']): CodeFunction {
  const parameters = [...MODULE_PARAMETERS, '__share__']
  const begin = `__share__(${BINDINGS_FUNCTION}());`
  return functionOf(code, parameters, filename, awaits, begin)
}

/** The values of a front-end's expressions, each with an error of its own. */
async function evaluateAll(expressions: Record<string, string>): Promise<JsonObject> {
  const results: JsonObject = {}
  for (const [name, expression] of entries(expressions)) {
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
  const run = vm.compileFunction(source, ['variables']) as CodeFunction
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
