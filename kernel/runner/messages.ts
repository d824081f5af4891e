/** What the front process and the runner process tell each other. */
import type { CompiledCell } from '../language.js'
import type { DisplayContent, JsonObject, StreamName, WireBundle } from '../protocol.js'

export interface RunRequest {
  type: 'run'
  /** Identifies the cell's execution in all that the runner sends about it. */
  id: string
  cell: CompiledCell
  userExpressions: Record<string, string>
}

export type ToRunner =
  | RunRequest
  /** Reject the running cell; answered by `stopped`. */
  | { type: 'interrupt'; token: number }
  | { type: 'input'; request: number; value: string }
  | { type: 'input-refused'; request: number }

export interface Failure {
  ename: string
  evalue: string
  /** The error as `util.inspect` prints it: stack, properties and causes. */
  stack: string
}

export interface Shown {
  data: WireBundle
  metadata: JsonObject
}

export type Outcome =
  { ok: true; result?: Shown; userExpressions: JsonObject } | ({ ok: false } & Failure)

export type FromRunner =
  | { type: 'ready' }
  | { type: 'stopped'; token: number }
  | { type: 'stream'; id: string; name: StreamName; text: string }
  | { type: 'display'; id: string; update: boolean; content: DisplayContent }
  | { type: 'clear'; id: string; wait: boolean }
  | { type: 'input'; id: string; request: number; prompt: string; password: boolean }
  /** An error that no cell waits for: in a timer's callback, or of a promise that nobody awaits. */
  | { type: 'late-error'; id: string; what: string; failure: Failure }
  | { type: 'done'; id: string; outcome: Outcome }

/** A function in every cell's code, which returns a property descriptor for each name it declares. */
export const BINDINGS_FUNCTION = '__bindings__'

/** The file descriptors of the runner beside stdin, stdout and stderr. */
export const INTERRUPT_FD = 3
export const MESSAGE_FD = 4
