/**
 * In the tests' process: stands for the functions and values of a submission, which runs in another process. The
 * grader carries questions and answers over a comm.
 */
import { createRequire } from 'node:module'
import type * as Tf from '@tensorflow/tfjs'
import type { Json, JsonObject } from '../protocol.js'
import { comms, type Comm } from '../runner/comms.js'
import { variables } from '../runner/variables.js'
import { asText, decode, encode } from './values.js'

/** The comm's target, which the grader listens for. */
export const TARGET = 'fovea.lab'

/** What the tests ask for; without `args` it is a value. */
export interface Question {
  question: number
  name: string
  args?: Json[]
}

export type Answer = { question: number } & ({ value: Json } | { error: string })

/** The submission's code has failed: an error in it, too long, out of memory, an answer that is none. */
export class SubmissionError extends Error {
  override readonly name = 'SubmissionError'
}

const require = createRequire(import.meta.url)
const tf = () => require('@tensorflow/tfjs') as typeof Tf
const waiting = new Map<number, (answer: JsonObject) => void>()
let questions = 0
let comm: Comm | undefined
/** The variables that both processes have from the cells that are the same in both. */
let shared: readonly string[] = []

export function connect(names: readonly string[]): void {
  shared = names
  comm = comms.open(TARGET)
  comm.onMessage(({ data }) => {
    const resolve = waiting.get(Number(data.question))
    waiting.delete(Number(data.question))
    resolve?.(data)
  })
}

/** A function of the submission, as the tests call it. */
export function remoteFunction(name: string): (...args: unknown[]) => Promise<unknown> {
  return (...args) =>
    ask(
      name,
      args.map((arg, i) => encode(arg, `argument ${i + 1} of ${name}`, nameOfShared)),
    )
}

/** A value of the submission. */
export function remoteValue(name: string): Promise<unknown> {
  return ask(name)
}

async function ask(name: string, args?: Json[]): Promise<unknown> {
  if (args) asText(args)
  const question = ++questions
  const { value, error } = await new Promise<JsonObject>((resolve) => {
    waiting.set(question, resolve)
    comm?.send({ question, name, ...(args && { args }) })
  })
  if (typeof error === 'string') throw new SubmissionError(error)
  try {
    return decode(value ?? null, tf)
  } catch (cause) {
    throw new SubmissionError(`${name}: ${(cause as Error).message}`)
  }
}

function nameOfShared(value: object): string | undefined {
  return shared.find((name) => Object.hasOwn(variables, name) && variables[name] === value)
}
