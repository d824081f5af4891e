/** Keras' configuration of a layer is JSON that anybody may have written: values are checked as they are read. */
import { FormatError } from '../../format-error.js'
import { type Json, quoted } from '../json.js'

/** The options of one layer. A reader without a default throws where the option is missing. */
export class Config {
  /** @param of What messages call the layer: `layer 'conv1' (Conv2D)`. */
  constructor(
    readonly of: string,
    private readonly options: Json,
  ) {}

  error(message: string): FormatError {
    return new FormatError(`${this.of}: ${message}`)
  }

  /** An option as it is; undefined where it is missing or null. */
  value(key: string): unknown {
    return Object.hasOwn(this.options, key) ? (this.options[key] ?? undefined) : undefined
  }

  number(key: string, otherwise?: number): number {
    return this.#checked(key, 'a number', isNumber, otherwise)
  }

  /** A whole number from 1 on. */
  count(key: string, otherwise?: number): number {
    return this.#checked(key, 'a whole number from 1 on', isCount, otherwise)
  }

  flag(key: string, otherwise: boolean): boolean {
    return this.#checked(key, 'true or false', (value) => typeof value === 'boolean', otherwise)
  }

  /** One of several words. */
  choice<T extends string>(key: string, choices: readonly T[], otherwise: T): T {
    const isChoice = (value: unknown): value is T => choices.some((choice) => choice === value)
    return this.#checked(
      key,
      choices.map((choice) => `'${choice}'`).join(' or '),
      isChoice,
      otherwise,
    )
  }

  /** Vertical and horizontal extent of something, from 1 on; one number means both. */
  pair(key: string, otherwise?: [number, number]): [number, number] {
    const value = this.value(key)
    if (isCount(value)) return [value, value]
    const isPair = (pair: unknown): pair is [number, number] =>
      Array.isArray(pair) && pair.length === 2 && pair.every(isCount)
    return this.#checked(key, 'one or two whole numbers from 1 on', isPair, otherwise)
  }

  /** A list of whole numbers, which may be negative; one number means a list of it alone. */
  list(key: string, otherwise?: readonly number[]): readonly number[] {
    const value = this.value(key)
    if (typeof value === 'number' && Number.isSafeInteger(value)) return [value]
    const isList = (list: unknown): list is number[] =>
      Array.isArray(list) && list.every((item) => Number.isSafeInteger(item))
    return this.#checked(key, 'a list of whole numbers', isList, otherwise)
  }

  #checked<T>(key: string, kind: string, is: (value: unknown) => value is T, otherwise?: T): T
  #checked<T>(key: string, kind: string, is: (value: unknown) => boolean, otherwise?: T): T
  #checked<T>(key: string, kind: string, is: (value: unknown) => boolean, otherwise?: T): T {
    const value = this.value(key)
    if (value === undefined && otherwise !== undefined) return otherwise
    if (is(value)) return value as T
    throw this.error(
      value === undefined
        ? `its '${key}' is missing`
        : `its '${key}' is ${quoted(value)}; expected ${kind}`,
    )
  }
}

const isNumber = (value: unknown): value is number => Number.isFinite(value)
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) > 0
