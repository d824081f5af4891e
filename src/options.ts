/** What options must be, said the same way everywhere. */
import { described } from './described.js'

/** @throws TypeError where options that cannot all be left out are. */
export function required<T extends object>(options: T, what: string): T {
  if (typeof options === 'object' && options !== null) return options
  throw new TypeError(`options ${what} were expected, not ${described(options)}`)
}

/** @throws RangeError for anything but a whole number from `least` on. */
export function wholeNumber(what: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${what} is a whole number, ${least} or more, not ${value}`)
}

/** @throws RangeError for anything but a finite number above 0. */
export function positive(what: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new RangeError(`${what} is a finite number above 0, not ${value}`)
}
