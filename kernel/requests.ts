/** What requests contain, checked: a front-end's mistake gets an answer that says what was wrong. */
import type { JsonObject } from './protocol.js'

/** The content of a request is not what the specification gives its type. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest'
}

/** @throws InvalidRequest if it is missing. */
export function requiredText(content: JsonObject, key: string): string {
  const value = content[key]
  if (typeof value === 'string') return value
  throw new InvalidRequest(`content.${key} must be a string, not ${JSON.stringify(value)}`)
}

export function optionalText(content: JsonObject, key: string): string | undefined {
  const value = content[key]
  return value === undefined || value === null ? undefined : requiredText(content, key)
}

export function optionalObject(content: JsonObject, key: string): JsonObject {
  const value = content[key] ?? {}
  if (typeof value === 'object' && !Array.isArray(value)) return value
  throw new InvalidRequest(`content.${key} must be an object, not ${JSON.stringify(value)}`)
}

/** `user_expressions`: source text by name. */
export function userExpressions(content: JsonObject): Record<string, string> {
  const expressions = optionalObject(content, 'user_expressions')
  for (const [name, expression] of Object.entries(expressions))
    if (typeof expression !== 'string')
      throw new InvalidRequest(
        `content.user_expressions.${name} must be a string, not ${JSON.stringify(expression)}`,
      )
  return expressions as Record<string, string>
}

/**
 * `cursor_pos` as JavaScript counts: Jupyter counts code points, JavaScript UTF-16 units. The end
 * of the code where it is missing or beyond.
 */
export function cursorPosition(content: JsonObject, code: string): number {
  const position = content.cursor_pos ?? code.length
  if (typeof position !== 'number')
    throw new InvalidRequest(
      `content.cursor_pos must be a number, not ${JSON.stringify(content.cursor_pos)}`,
    )
  let units = 0
  for (let points = 0; points < Math.floor(position) && units < code.length; points++)
    units += code.codePointAt(units)! > 0xffff ? 2 : 1
  return units
}

/** An offset in UTF-16 units as Jupyter counts: in code points. */
export function codePointOffset(code: string, units: number): number {
  return [...code.slice(0, units)].length
}
