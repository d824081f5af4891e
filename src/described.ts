/** A value in the words of an error message. */
import { inspect } from 'node:util'

/** What a value is, for "… was expected, not …". */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (isPromise(value)) return "a promise: write 'await' before the call that returns it"
  if (typeof value === 'function') return 'a function: is it to be called?'
  const text = inspect(value, {
    depth: 0,
    maxArrayLength: 3,
    maxStringLength: 60,
    breakLength: Infinity,
  })
  if (typeof value !== 'object') return `a ${typeof value}, ${text}`
  if (Array.isArray(value)) return `a list, ${text}`
  const name = typeof value.constructor === 'function' ? value.constructor.name : 'Object'
  return name === 'Object' ? `an object of the form ${text}` : `a value of type ${name}`
}

/** Also what only behaves like one, such as `viz(net).maximize('cat')`. */
const isPromise = (value: unknown): boolean =>
  typeof (value as PromiseLike<unknown>).then === 'function'
