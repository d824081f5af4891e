/**
 * Python's pickles, read and never executed: a machine that knows the operations that data needs, and
 * that calls nothing but the functions it is given.
 */
import { FormatError } from './format-error.js'

/** A function that a pickle may call, in our own version of it. */
export type PickleFunction = (args: readonly unknown[]) => unknown

/** What a pickle may refer to. */
export interface PickleWorld {
  /**
   * Classes and functions by their full names, `collections.OrderedDict`: a {@link PickleFunction}, or any
   * other value for what is only mentioned. Every other name is refused.
   */
  globals: ReadonlyMap<string, unknown>
  /** Turns a persistent id, which stands for data outside the pickle, into a value. */
  persistent?: (id: unknown) => unknown
}

/** More steps than any file of weights takes, and few enough to take less than a second. */
const MAX_STEPS = 2_000_000
/** What making an object counts, since it takes the memory of several plain values. */
const OBJECT_STEPS = 10

// The operations that are known, under the names of Python's pickletools.
const op = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  BUILD: 0x62,
  GLOBAL: 0x63,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  NEWOBJ: 0x81,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  SHORT_BINUNICODE: 0x8c,
  EMPTY_SET: 0x8f,
  ADDITEMS: 0x90,
  FROZENSET: 0x91,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
} as const

/**
 * Reads pickles that lie one after another.
 *
 * Dicts become Maps; lists, tuples and sets arrays; whole numbers a number, or a bigint where that would
 * round them. Attributes that a pickle sets on its objects are left out.
 *
 * @example new Unpickler(bytes, { globals: new Map() }).load()
 */
export class Unpickler {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #world: PickleWorld
  readonly #memo = new Map<number, unknown>()
  #position = 0
  #stack: unknown[] = []
  /** The stacks below each open mark. */
  #marked: unknown[][] = []
  #steps = 0

  constructor(bytes: Uint8Array, world: PickleWorld) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#world = world
  }

  /** Where the next pickle begins, in bytes. */
  get position(): number {
    return this.#position
  }

  /**
   * Reads the next pickle.
   *
   * @throws FormatError where it is damaged, refers to what is not in its world, does what data has no
   *   need of, or would take more than a second.
   */
  load(): unknown {
    this.#stack = []
    this.#marked = []
    this.#memo.clear()
    for (;;) {
      const start = this.#position
      const code = this.#uint8()
      if (code === op.STOP) return this.#pop()
      this.#spend(1)
      if (!this.#step(code))
        throw new FormatError(
          `its pickle has the operation 0x${code.toString(16).padStart(2, '0')} at byte ${start}, ` +
            `which data has no need of`,
        )
    }
  }

  /** Does one operation; false where it is not known. */
  #step(code: number): boolean {
    const stack = this.#stack
    switch (code) {
      case op.PROTO:
        if (this.#uint8() > 5) throw new FormatError('its pickle is of a newer protocol than 5')
        break
      case op.FRAME:
        this.#take(8)
        break

      case op.NONE:
        stack.push(null)
        break
      case op.NEWTRUE:
        stack.push(true)
        break
      case op.NEWFALSE:
        stack.push(false)
        break
      case op.BININT:
        stack.push(this.#view.getInt32(this.#take(4), true))
        break
      case op.BININT1:
        stack.push(this.#uint8())
        break
      case op.BININT2:
        stack.push(this.#view.getUint16(this.#take(2), true))
        break
      case op.LONG1:
        stack.push(this.#long(this.#uint8()))
        break
      case op.BINFLOAT:
        stack.push(this.#view.getFloat64(this.#take(8)))
        break
      case op.BINUNICODE:
      case op.BINSTRING:
        stack.push(this.#text(this.#uint32()))
        break
      case op.SHORT_BINUNICODE:
      case op.SHORT_BINSTRING:
        stack.push(this.#text(this.#uint8()))
        break

      case op.MARK:
        this.#marked.push(stack)
        this.#stack = []
        break
      case op.EMPTY_TUPLE:
      case op.EMPTY_LIST:
      case op.EMPTY_SET:
        stack.push([])
        break
      case op.TUPLE1:
      case op.TUPLE2:
      case op.TUPLE3: {
        const length = code - op.TUPLE1 + 1
        if (stack.length < length) throw tooFew()
        stack.push(stack.splice(-length))
        break
      }
      case op.TUPLE:
      case op.FROZENSET: {
        const items = this.#popMark()
        this.#stack.push(items)
        break
      }
      case op.APPEND:
        this.#append([this.#pop()])
        break
      case op.APPENDS:
      case op.ADDITEMS:
        this.#append(this.#popMark())
        break
      case op.EMPTY_DICT:
        this.#spend(OBJECT_STEPS)
        stack.push(new Map())
        break
      case op.SETITEM: {
        const value = this.#pop()
        this.#setItems([this.#pop(), value])
        break
      }
      case op.SETITEMS:
        this.#setItems(this.#popMark())
        break

      case op.BINPUT:
        this.#memo.set(this.#uint8(), this.#top())
        break
      case op.LONG_BINPUT:
        this.#memo.set(this.#uint32(), this.#top())
        break
      case op.MEMOIZE:
        this.#memo.set(this.#memo.size, this.#top())
        break
      case op.BINGET:
        stack.push(this.#recall(this.#uint8()))
        break
      case op.LONG_BINGET:
        stack.push(this.#recall(this.#uint32()))
        break

      case op.GLOBAL: {
        const module = this.#line()
        stack.push(this.#global(module, this.#line()))
        break
      }
      case op.STACK_GLOBAL: {
        const name = this.#pop()
        stack.push(this.#global(this.#pop(), name))
        break
      }
      case op.REDUCE:
      case op.NEWOBJ: {
        const args = this.#pop()
        stack.push(this.#call(this.#pop(), args))
        break
      }
      case op.BUILD:
        this.#pop()
        this.#top()
        break
      case op.BINPERSID: {
        const id = this.#pop()
        if (!this.#world.persistent) throw new FormatError('its pickle refers to data outside it')
        stack.push(this.#world.persistent(id))
        break
      }
      default:
        return false
    }
    return true
  }

  #global(module: unknown, name: unknown): unknown {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new FormatError('its pickle refers to something by what is no name')
    // Python 2 called its built-ins so, and protocol 2 still does.
    const full = `${module === '__builtin__' ? 'builtins' : module}.${name}`
    if (!this.#world.globals.has(full))
      throw new FormatError(
        `its pickle refers to ${printable(full)}, which a file of weights has no need of; nothing of it ` +
          `was run. If the file is your own, save only the weights: torch.save(model.state_dict(), FILE)`,
      )
    return this.#world.globals.get(full)
  }

  #call(callee: unknown, args: unknown): unknown {
    if (!isFunction(callee) || !Array.isArray(args))
      throw new FormatError('its pickle calls what is no function')
    this.#spend(OBJECT_STEPS)
    // A function may go through what it is given: without this, few bytes could ask for much work.
    for (const argument of args)
      this.#spend(
        Array.isArray(argument) ? argument.length : argument instanceof Map ? argument.size : 0,
      )
    return callee(args)
  }

  #append(items: unknown[]): void {
    const list = this.#top()
    if (!Array.isArray(list)) throw new FormatError('its pickle appends to what is no list')
    for (const item of items) list.push(item)
  }

  #setItems(items: unknown[]): void {
    const dict = this.#top()
    if (!(dict instanceof Map) || items.length % 2)
      throw new FormatError('its pickle sets items of what is no dict')
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1])
  }

  #recall(key: number): unknown {
    if (!this.#memo.has(key))
      throw new FormatError(`its pickle recalls value ${key}, which it never noted`)
    return this.#memo.get(key)
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw tooFew()
    return this.#stack.pop()
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw tooFew()
    return this.#stack.at(-1)
  }

  #popMark(): unknown[] {
    const items = this.#stack
    const below = this.#marked.pop()
    if (!below) throw tooFew()
    this.#stack = below
    return items
  }

  #spend(steps: number): void {
    this.#steps += steps
    if (this.#steps > MAX_STEPS)
      throw new FormatError(
        `its pickle takes more than ${MAX_STEPS} steps: it is no file of weights`,
      )
  }

  /** Steps over so many bytes. @returns where they begin. */
  #take(count: number): number {
    const start = this.#position
    if (count > this.#bytes.length - start)
      throw new FormatError('its pickle is cut short: the file ends within it')
    this.#position += count
    return start
  }

  #uint8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  /** A whole number of so many bytes, little-endian, in two's complement. */
  #long(bytes: number): number | bigint {
    const start = this.#take(bytes)
    let value = 0n
    for (let i = bytes - 1; i >= 0; i--)
      value = (value << 8n) | BigInt(this.#view.getUint8(start + i))
    value = BigInt.asIntN(8 * bytes, value)
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }

  #text(length: number): string {
    const start = this.#take(length)
    return decoder.decode(this.#bytes.subarray(start, start + length))
  }

  #line(): string {
    const length = this.#bytes.subarray(this.#position).indexOf(0x0a)
    if (length < 0) throw new FormatError('its pickle is cut short: the file ends within it')
    const text = this.#text(length)
    this.#take(1)
    return text
  }
}

const decoder = new TextDecoder()

const tooFew = (): FormatError => new FormatError('its pickle uses values that it never made')

const isFunction = (value: unknown): value is PickleFunction => typeof value === 'function'

/** A name out of a file that may be hostile: short, and without control characters. */
function printable(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]/g, '?')
  return `'${plain.length > 100 ? `${plain.slice(0, 100)}…` : plain}'`
}
