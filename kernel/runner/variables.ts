/** The variables of all cells; bindings.ts says how they get here. */
import { functionOf } from './functions.js'
import { defineProperty, keys, NativeMap, NativeSet } from './primordials.js'

/** A variable, whichever cell has declared it last; functions of all cells that use its name hold this. */
interface Variable {
  /** That of the last declaration: a value, or a getter and a setter over the variable of a cell. */
  now: { value: unknown }
}

const declared = new NativeMap<string, Variable>()

/** By their names: slow, and for those who do not know the names beforehand. */
export const variables: Record<string, unknown> = {}

/** A class for each: V8 then learns what kind of value it has, and keeps a number without a detour. */
export const holding = (value: unknown): Variable['now'] =>
  new (class {
    value = value
  })()

/** @returns the variable of this name, without a value where no cell has declared it. */
export function variableOf(name: string): Variable {
  const variable = declared.get(name) ?? { now: holding(undefined) }
  declared.set(name, variable)
  return variable
}

/** Lets a name stand for another variable from now on, in the functions of earlier cells too. */
export function declare(name: string, now: Variable['now']): void {
  const variable = variableOf(name)
  variable.now = now
  defineProperty(variables, name, {
    get: () => variable.now.value,
    set: (value: unknown) => {
      variable.now.value = value
    },
    enumerable: true,
    configurable: true,
  })
}

const USES = /\bexports\.([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu

/**
 * What the code of a cell knows as `exports`: the variables that it names. A class of their own makes them
 * as fast as properties, where an object with the variables of all cells would be a slow dictionary.
 */
export function exportsFor(code: string): object {
  const names = [...new NativeSet([...code.matchAll(USES)].map(([, name]) => name!))]
  const accessors = names.map(
    (name, i) =>
      `get ['${name}']() { return $${i}.now.value } set ['${name}'](_) { $${i}.now.value = _ }`,
  )
  const source = `return new (class { ${accessors.join('\n')} })()`
  const create = functionOf(
    source,
    names.map((_, i) => `$${i}`),
    import.meta.url,
    false,
  )
  return create(...names.map(variableOf)) as object
}

/** Those that have a value by now. */
export function currentVariables(): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name of keys(variables)) {
    try {
      values[name] = variables[name]
    } catch {
      // Its declaration has not run.
    }
  }
  return values
}

export function forgetVariables(): void {
  for (const name of keys(variables)) delete variables[name]
  declared.clear()
}
