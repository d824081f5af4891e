/**
 * Long work: it can be stopped, tells how far it is, and shows what it has while it goes on.
 *
 * A method's loop needs one line for it:
 *
 *     for await (const step of steps(512, { label: 'Gradient ascent' })) …
 *
 * and, where what it has so far is of use, two more:
 *
 *     const loop = steps(512, { label: 'Gradient ascent', partial: true })
 *     for await (const step of loop) {
 *       …
 *       loop.note(`score ${score.toFixed(2)}`)
 *       loop.show(() => picture(image)) // drawn a few times a second
 *     }
 *     return new Result(…, { interrupted: loop.interrupted })
 *
 * Where the work is shown is the host's affair: a function under `Symbol.for('fovea.progress')` of
 * globalThis, which the notebook kernel provides. Without one, a terminal shows a line on stderr, and
 * anything else shows nothing.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { Rate } from './rate.js'
import { currentSignal } from './signal.js'
import { terminalSink } from './terminal.js'

/** `ended` is said of a loop that was left early, by `break` or by an error. */
export type WorkStatus = 'running' | 'finished' | 'ended' | 'interrupted'

/** How far a piece of work is. */
export interface WorkState {
  /** The same in all states of one piece of work, and of no other. */
  id: number
  label: string
  status: WorkStatus
  done: number
  /** Undefined where the end is not known. */
  total: number | undefined
  /** What is counted, in the plural: 'steps', or 'bytes', which are written as MB. */
  unit: string
  /** Since the start. */
  seconds: number
  /** Units per second, of the last seconds. */
  rate: number | undefined
  secondsLeft: number | undefined
  /** The latest figures in words, such as 'loss 0.31'. */
  note: string | undefined
  /** Makes what is to be seen now: a figure, an image. */
  show: (() => unknown) | undefined
  /** Whether it may vanish when it is over. */
  transient: boolean
}

/** Is told the start, the end, and at most four states a second between. */
export type WorkSink = (state: WorkState) => void

const UPDATES_PER_SECOND = 4
/** Of the time goes into showing, at most. */
const SHARE_OF_SHOWING = 0.1
/** Milliseconds after which a loop lets the event loop run, so that an interrupt arrives. */
const BREATH = 15

const HOST_SINK = Symbol.for('fovea.progress')

export interface WorkOptions {
  /** What is done, as the reader sees it: 'Training'. */
  label: string
  /** How many units there are. Default: not known. */
  total?: number
  /** What is counted, in the plural. Default 'steps'; 'bytes' are written as MB. */
  unit?: string
  /** What stops it. Default: the interrupt of the notebook, or `viz.signal`. */
  signal?: AbortSignal
  /** Whether its display vanishes at the end. Default false: one line stays. */
  transient?: boolean
}

let count = 0

const unseen = new AsyncLocalStorage<true>()

/**
 * Work that is a part of greater work, which tells how far it is: what begins within shows nothing of its own.
 * Interrupts stop it all the same.
 */
export const quietly = <T>(part: () => T): T => unseen.run(true, part)

/** Work that is no loop, such as a download. Loops use {@link steps} and {@link follow}. */
export class Work {
  /** Units that are done. */
  done = 0
  readonly signal: AbortSignal | undefined
  status: WorkStatus = 'running'
  private readonly options: WorkOptions
  private readonly id = ++count
  private readonly sink = unseen.getStore() ? undefined : hostSink()
  private readonly start = performance.now()
  private readonly speed = new Rate()
  private told = 0
  /** Milliseconds between two states that are told: longer where the host takes long to show one. */
  private pause = 1000 / UPDATES_PER_SECOND
  private words: string | undefined
  private showing: (() => unknown) | undefined

  constructor(options: WorkOptions) {
    this.options = { ...options }
    this.signal = options.signal ?? currentSignal()
    this.tell()
  }

  get interrupted(): boolean {
    return this.status === 'interrupted'
  }

  /**
   * Tells how far the work is.
   *
   * @param total how many units there are, where that was not known at the start.
   */
  report(done: number, total = this.options.total): void {
    this.done = done
    this.options.total = total
    if (performance.now() - this.told >= this.pause) this.tell()
  }

  /** The latest figures in words: 'loss 0.31'. */
  note(words: string): void {
    this.words = words
  }

  /**
   * Shows a figure that is replaced as the work goes on.
   *
   * @param make is called only when it is time for an update, and once more at the end.
   */
  show(make: () => unknown): void {
    this.showing = make
  }

  /** @throws the error of {@link stopped} where the work is to stop. */
  check(): void {
    if (this.signal?.aborted) throw this.stopped()
  }

  /** Ends the work as interrupted. @returns an AbortError that says how far it had come. */
  stopped(): DOMException {
    this.end('interrupted')
    const { label } = this.options
    const error = new DOMException(
      `${label} was interrupted after ${progressOf(this.state())}`,
      'AbortError',
    )
    Object.defineProperty(error, 'cause', { value: this.signal?.reason as unknown })
    return error
  }

  /** Ends the work; only the first call counts. */
  end(status: Exclude<WorkStatus, 'running'> = 'finished'): void {
    if (this.status !== 'running') return
    this.status = status
    this.tell()
  }

  private tell(): void {
    const begin = performance.now()
    this.speed.add(begin / 1000, this.done)
    this.sink?.(this.state())
    this.told = performance.now()
    this.pause = Math.max(1000 / UPDATES_PER_SECOND, (this.told - begin) / SHARE_OF_SHOWING)
  }

  private state(): WorkState {
    const { label, total, unit = 'steps', transient = false } = this.options
    const rate = this.speed.perSecond
    return {
      id: this.id,
      label,
      status: this.status,
      done: this.done,
      total,
      unit,
      seconds: (performance.now() - this.start) / 1000,
      rate,
      secondsLeft: rate && total !== undefined ? Math.max(0, total - this.done) / rate : undefined,
      note: this.words,
      show: this.showing,
      transient,
    }
  }
}

export interface LoopOptions extends WorkOptions {
  /**
   * What an interrupt does: true ends the loop quietly, with `interrupted` set, where what it has so far is
   * of use; false throws an AbortError. Default false.
   */
  partial?: boolean
  /** Rounds after which the loop is over, however much the source has; also its total. Default: all. */
  limit?: number
}

/** A loop that can be stopped and tells how far it is. Iterate it once. */
export class Loop<T> implements AsyncIterable<T> {
  readonly work: Work

  constructor(
    private readonly source: Iterable<T> | AsyncIterable<T>,
    private readonly options: LoopOptions,
  ) {
    this.work = new Work({ ...options, total: options.limit ?? options.total })
  }

  /** Whether an interrupt ended it. */
  get interrupted(): boolean {
    return this.work.interrupted
  }

  /** The rounds that were completed. */
  get done(): number {
    return this.work.done
  }

  /** The latest figures in words: 'loss 0.31'. */
  note(words: string): void {
    this.work.note(words)
  }

  /** Shows a figure that is replaced as the loop goes on; `make` is called a few times a second. */
  show(make: () => unknown): void {
    this.work.show(make)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const { work, source } = this
    const iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    let exhausted = false
    let breath = performance.now()
    try {
      for (;;) {
        if (performance.now() - breath > BREATH) {
          await setImmediate()
          breath = performance.now()
        }
        if (work.done === this.options.limit) return
        const next = work.signal?.aborted
          ? ABORTED
          : await unlessAborted(iterator.next(), work.signal)
        if (next === ABORTED) {
          const error = work.stopped()
          if (this.options.partial) return
          throw error
        }
        if (next.done) {
          exhausted = true
          return
        }
        yield next.value
        work.report(work.done + 1)
      }
    } finally {
      work.end(
        exhausted || work.done === (this.options.limit ?? this.options.total)
          ? 'finished'
          : 'ended',
      )
      // Not awaited: where it waits for something that never comes, it would hold up who was interrupted.
      if (!exhausted) void Promise.resolve(iterator.return?.()).catch(() => undefined)
    }
  }
}

const ABORTED = Symbol('aborted')

/** What a promise gives, or that the signal was aborted before. */
async function unlessAborted<T>(
  given: T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | typeof ABORTED> {
  if (!signal || !(given instanceof Promise)) return given
  let abort = (): void => {}
  const aborted = new Promise<typeof ABORTED>((resolve) => {
    abort = () => resolve(ABORTED)
    signal.addEventListener('abort', abort)
  })
  return Promise.race([given, aborted]).finally(() => signal.removeEventListener('abort', abort))
}

/**
 * Counts 0 … total − 1, for the loop of a method: stops at an interrupt, lets the event loop run now and then,
 * and tells how far it is.
 *
 * @throws DOMException named AbortError out of the loop at an interrupt, unless `partial`.
 * @example
 *   for await (const step of steps(100, { label: 'Occlusion', unit: 'positions' })) …
 */
export function steps(total: number, options: LoopOptions): Loop<number> {
  return new Loop(range(total), { total, ...options })
}

/**
 * The same for what an iterable gives. Where its length is known, so is the time left.
 *
 * @example
 *   for await (const batch of follow(batches, { label: 'Evaluating', total: 40, unit: 'batches' })) …
 */
export function follow<T>(source: Iterable<T> | AsyncIterable<T>, options: LoopOptions): Loop<T> {
  return new Loop(source, { total: lengthOf(source), ...options })
}

export interface ProgressOptions {
  /** What is done. Default 'Progress'. */
  label?: string
  /** How many items there are. Default: the length or size of the source, where it has one. */
  total?: number
  /** What is counted, in the plural. Default 'items'. */
  unit?: string
}

/** What {@link progress} makes of a plain iterable: for both kinds of loop. */
export interface Tracked<T> extends AsyncIterable<T>, Iterable<T> {
  /** The latest figures in words, beside the bar: 'loss 0.31'. */
  note(words: string): void
  /** Shows a figure below the bar, replaced as the loop goes on; `make` is called a few times a second. */
  show(make: () => unknown): void
}

/**
 * A progress bar for a loop, with rate and time left.
 *
 * `for await (…)` lets the event loop run and stops cleanly at an interrupt; a plain `for (…)` is as fast as
 * without the bar and can be interrupted as well.
 *
 * @param source What to go through, or how many times to count, from 0.
 * @example
 *   for (const scene of progress(viz.scenes({ length: 500 }), { label: 'Drawing' })) scene.image
 *   for await (const i of progress(100)) await viz(net).on(scenes.get(i).image).predict()
 */
export function progress<T>(source: Iterable<T>, options?: ProgressOptions): Tracked<T>
export function progress(source: number, options?: ProgressOptions): Tracked<number>
export function progress<T>(
  source: AsyncIterable<T>,
  options?: ProgressOptions,
): Omit<Tracked<T>, typeof Symbol.iterator>
export function progress<T>(
  source: number | Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions = {},
): Tracked<T | number> {
  const items: Iterable<T | number> | AsyncIterable<T> =
    typeof source === 'number' ? range(source) : source
  const isIterable =
    typeof items === 'object' && (Symbol.iterator in items || Symbol.asyncIterator in items)
  if (!isIterable && typeof items !== 'string')
    throw new TypeError(
      `progress goes through an iterable or counts to a number, not ${typeof source}`,
    )
  const total = options.total ?? (typeof source === 'number' ? source : lengthOf(source))
  const complete = { unit: 'items', ...options, label: options.label ?? 'Progress', total }
  let work: Pick<Work, 'note' | 'show'> | undefined
  let words: string | undefined
  let showing: (() => unknown) | undefined
  const begin = <W extends Pick<Work, 'note' | 'show'>>(begun: W): W => {
    work = begun
    if (words !== undefined) begun.note(words)
    if (showing) begun.show(showing)
    return begun
  }
  return {
    note: (text) => void ((words = text), work?.note(text)),
    show: (make) => void ((showing = make), work?.show(make)),
    [Symbol.asyncIterator]: () => begin(new Loop(items, complete))[Symbol.asyncIterator](),
    *[Symbol.iterator]() {
      if (!(Symbol.iterator in items)) throw new TypeError('go through this with for await (…)')
      const whole = begin(new Work(complete))
      try {
        for (const item of items) {
          whole.check()
          yield item
          whole.report(whole.done + 1)
        }
        whole.end()
      } finally {
        whole.end('ended')
      }
    },
  }
}

function* range(total: number): Generator<number, void, undefined> {
  if (!Number.isInteger(total) || total < 0)
    throw new RangeError(`a loop counts to a whole number, 0 or more, not ${total}`)
  for (let i = 0; i < total; i++) yield i
}

function lengthOf(source: object): number | undefined {
  const { length, size } = source as { length?: unknown; size?: unknown }
  return typeof length === 'number' ? length : typeof size === 'number' ? size : undefined
}

function hostSink(): WorkSink | undefined {
  return (globalThis as { [HOST_SINK]?: WorkSink })[HOST_SINK] ?? terminalSink()
}

/** `175 of 500 steps`, `12.5 of 44.7 MB`, `17 steps`. */
export function progressOf({
  done,
  total,
  unit,
}: Pick<WorkState, 'done' | 'total' | 'unit'>): string {
  const inBytes = unit === 'bytes'
  const write = (n: number) => (inBytes ? (n / 1e6).toFixed(1) : n.toLocaleString('en'))
  const whole = total === undefined || total === done ? '' : ` of ${write(total)}`
  return `${write(done)}${whole} ${inBytes ? 'MB' : unit}`
}
