/**
 * In the submission's process: has one of its functions called, or takes the value of one of its variables. Whatever
 * a submission does to this, all that it reaches is the answers that it gives.
 */
import { createRequire } from 'node:module'
import type * as Tf from '@tensorflow/tfjs'
import type { Json, JsonObject } from '../protocol.js'
import { variables } from '../runner/variables.js'
import { asText, decode, encode } from './values.js'

/** The type under which the answer stands in a MIME bundle. */
export const ANSWER = 'application/vnd.fovea.answer+json'

const require = createRequire(import.meta.url)
const tf = () => require('@tensorflow/tfjs') as typeof Tf

/**
 * @param args Of the call; undefined asks for the value.
 * @returns What shows itself as the answer.
 * @throws what the function throws.
 */
export async function respond(name: string, args: Json[] | undefined): Promise<object> {
  const found = variables[name]
  if (found === undefined) throw new ReferenceError(`'${name}' is not defined`)
  const json = encode(args ? await call(name, found, args) : found, args ? `${name}(…)` : name)
  const bundle: JsonObject = { [ANSWER]: asText(json), 'text/plain': name }
  return { [Symbol.for('Jupyter.display')]: () => bundle }
}

async function call(name: string, found: unknown, args: Json[]): Promise<unknown> {
  if (typeof found !== 'function') throw new TypeError(`'${name}' is not a function`)
  const values = args.map((arg) => decode(arg, tf, (variable) => variables[variable]))
  return (found as (...values: unknown[]) => unknown)(...values)
}
