/** The variables of all cells; bindings.ts says how they get here. */
import { keys } from './primordials.js'

export const variables: Record<string, unknown> = {}

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
}
