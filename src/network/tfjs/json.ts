/** Values that JSON.parse gives. */

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Says a value in an error message: short, whatever it is. */
export function quoted(value: unknown): string {
  const text = written(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return 'a value that is nested too deep to be shown' // deeper than the stack
  }
}
