/** From values to MIME bundles, and the functions that cells use to show them. */
import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import type { Json, JsonObject, WireBundle } from '../protocol.js'
import { currentCell } from './cells.js'
import type { Shown } from './messages.js'
import { bufferFrom, entries, fromEntries, NativePromise, promiseAll } from './primordials.js'
import { send } from './send.js'

const DISPLAY = Symbol.for('Jupyter.display')
const METADATA = Symbol.for('Jupyter.metadata')

/** What a cell's last expression, or `display`, shows of a value; a promise only where it is made by one. */
export function show(value: unknown): Shown | undefined | Promise<Shown> {
  if (value instanceof DisplayHandle) return undefined // what it stands for is on the page already
  if (hasMethod(value, DISPLAY)) {
    const bundle = value[DISPLAY]()
    const metadata = hasMethod(value, METADATA) ? value[METADATA]() : {}
    if (!(bundle instanceof NativePromise) && !(metadata instanceof NativePromise))
      return complete(value, bundle, metadata)
    return promiseAll([bundle, metadata]).then((made) => complete(value, ...made))
  }
  const data: WireBundle = { 'text/plain': plainText(value) }
  const picture = pictureType(value)
  if (picture) data[picture] = base64(value as Uint8Array)
  return { data, metadata: {} }
}

function complete(value: unknown, bundle: unknown, metadata: unknown): Shown {
  if (typeof bundle !== 'object' || bundle === null)
    throw new TypeError(
      `[Symbol.for('Jupyter.display')]() must return a MIME bundle, not ${inspect(bundle)}`,
    )
  const data = encodeBinary(bundle)
  data['text/plain'] ??= plainText(value)
  return { data, metadata: metadata as JsonObject }
}

function hasMethod<K extends symbol>(value: unknown, key: K): value is Record<K, () => unknown> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isObject && typeof (value as Record<symbol, unknown>)[key] === 'function'
}

function plainText(value: unknown): string {
  const picture = pictureType(value)
  if (picture) return `${picture}, ${(value as Uint8Array).length} bytes`
  return inspect(value, { depth: 4 })
}

function pictureType(value: unknown): 'image/png' | 'image/jpeg' | undefined {
  if (!(value instanceof Uint8Array)) return undefined
  const startsWith = (...bytes: number[]) => bytes.every((byte, i) => value[i] === byte)
  if (startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  if (startsWith(0xff, 0xd8, 0xff)) return 'image/jpeg'
  return undefined
}

function encodeBinary(bundle: object): WireBundle {
  const formats = entries(bundle) as [string, unknown][]
  return fromEntries(
    formats
      .filter(([, data]) => data !== undefined)
      .map(([type, data]) => [type, data instanceof Uint8Array ? base64(data) : (data as Json)]),
  )
}

function base64(bytes: Uint8Array): string {
  return bufferFrom(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** An output on the page. */
export class DisplayHandle {
  readonly id = randomUUID()
  #making: Promise<void> | undefined // a slow bundle must not be overtaken by the next

  constructor(value: unknown) {
    this.#put(value, false)
  }

  update(value: unknown): void {
    this.#put(value, true)
  }

  #put(value: unknown, update: boolean): void {
    const cell = currentCell()
    if (!cell) return
    const transient = { display_id: this.id }
    const emit = (content: Shown | undefined) => {
      if (content)
        send({ type: 'display', id: cell.id, update, content: { ...content, transient } })
    }
    const content = this.#making ? this.#making.then(() => show(value)) : show(value)
    if (!(content instanceof NativePromise)) return emit(content)
    const made = content.then(emit)
    cell.displays.add(made) // the cell waits for it, and fails where it fails
    const over = made
      .catch(() => {})
      .then(() => {
        if (this.#making === over) this.#making = undefined
      })
    this.#making = over
  }
}

export function display(value: unknown): DisplayHandle {
  return new DisplayHandle(value)
}

export function clearOutput(wait = false): void {
  send({ type: 'clear', id: currentCell()?.id ?? '', wait })
}
