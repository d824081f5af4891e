/** What the front process and the runner process tell each other. */
import type { CompiledCell } from '../language.js'
import type {
  CommMessageType,
  DisplayContent,
  JsonObject,
  StreamName,
  WireBundle,
} from '../protocol.js'

/** What a cell or a local file imports. */
export interface ImportedModule {
  specifier: string
  /** Of the local file that it leads to; none for packages. */
  path?: string
  /** Whether a declaration imports it, which is done before the code runs; else `import()` does. */
  declared: boolean
}

/** A local file in JavaScript. */
export interface LocalModule {
  /** The absolute path of the TypeScript. */
  path: string
  code: string
  awaits: boolean
  imports: ImportedModule[]
}

export interface RunRequest {
  type: 'run'
  /** Identifies the cell's execution in all that the runner sends about it. */
  id: string
  cell: CompiledCell
  userExpressions: Record<string, string>
}

/** A message of a comm, in either direction. */
export interface CommMessage {
  kind: CommMessageType
  /** The id of the comm. */
  comm: string
  /** Where it opens: who it is meant for. */
  target?: string
  data: JsonObject
  metadata: JsonObject
  /** Binary data, as base64. */
  buffers: string[]
}

export type ToRunner =
  | RunRequest
  /** Reject the running cell, whose code may have been cut off already; answered by `stopped`. */
  | { type: 'interrupt'; token: number; terminated: boolean }
  | { type: 'input'; request: number; value: string }
  | { type: 'input-refused'; request: number }
  /** From a front-end; answered by `comm-handled` when its handler is done. */
  | ({ type: 'comm'; id: string } & CommMessage)
  /** Which names something has; answered by `names` at once, or never. */
  | ({ type: 'names'; token: number } & NamesRequest)

/** Asks for the names of the layers or of the classes of what a variable holds, or of files. */
export interface NamesRequest {
  /** A variable, and the properties that lead from it: `['zoo', 'net']` is `zoo.net`. Of files: their folder. */
  path: string[]
  of: 'layers' | 'classes' | 'files'
}

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

/** About the runner itself. */
export type RunnerMessage =
  /** @param heapLimit bytes that JavaScript may use before the process is ended. */
  | { type: 'ready'; heapLimit: number }
  | { type: 'stopped'; token: number }
  /** How many characters a cell may print from now on; null for any number. */
  | { type: 'limits'; text: number | null }
  /** The runner cannot go on. */
  | { type: 'fatal'; reason: string }
  /** Processes with a group of their own, which would outlive the runner, have started or ended. */
  | { type: 'group'; group: number; running: boolean }

/** The answer to a question about names. */
export interface NamesAnswer {
  type: 'names'
  token: number
  names: string[]
}

/** On behalf of a cell. */
export type CellMessage =
  | { type: 'stream'; id: string; name: StreamName; text: string }
  | { type: 'display'; id: string; update: boolean; content: DisplayContent }
  | { type: 'clear'; id: string; wait: boolean }
  | { type: 'input'; id: string; request: number; prompt: string; password: boolean }
  /** An error that no cell waits for: in a timer's callback, or of a promise that nobody awaits. */
  | { type: 'late-error'; id: string; what: string; failure: Failure }
  | { type: 'done'; id: string; outcome: Outcome }
  | ({ type: 'comm'; id: string } & CommMessage)
  | { type: 'comm-handled'; id: string }

export type FromRunner = RunnerMessage | NamesAnswer | CellMessage

/** A magic around the code of a cell. */
export interface WrappingMagic {
  name: string
  /** What stands behind its name. */
  text: string
}

/** The symbol, a global one, under which the code of cells finds what calls magics. */
export const MAGICS = 'fovea.magics'

/** A function in every cell's code, which returns a property descriptor for each name it declares. */
export const BINDINGS_FUNCTION = '__bindings__'

/** What stands for `import()` and `import.meta` in the code that runs; of their length, for source maps. */
export const IMPORT_FUNCTION = '__load'
export const IMPORT_META = 'import_meta'

/** The file descriptors of the runner beside stdin, stdout and stderr. */
export const INTERRUPT_FD = 3
export const MESSAGE_FD = 4

/** What the helper thread answers: it has cut off what ran, or native code has returned by itself. */
export const [TERMINATED, RETURNED] = ['t', 'r']

/** In the metadata of outputs that tell of time, and are there or not as time goes: `fovea replay` passes over them. */
export const PROGRESS = 'fovea-progress'
