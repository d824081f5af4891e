import { described } from '../src/described.js'
import type { Figure } from '../src/figures/figure.js'
import {
  display,
  displayMetadata,
  type DisplayMetadata,
  type MimeBundle,
} from '../src/image/display.js'
import { defaultSeed, mixSeeds, Random } from '../src/image/random.js'
import { follow } from '../src/work/work.js'
import { readAhead } from './read-ahead.js'
import type { Recipe, RecipeStep } from './recipe.js'
import {
  classList,
  evenly,
  fromEveryClass,
  sheet,
  type SheetEntry,
  sheetEntry,
  usualCount,
} from './sheet.js'
import { splitIndices } from './split.js'

/** What is known of an item without making it: D, or some fields of the item itself. */
export type Known<T, D> = [D] extends [undefined] ? Partial<Awaited<T>> : D

/** Items stay promises where they were. */
export type Mapped<T, U> = T extends Promise<unknown> ? Promise<Awaited<U>> : U

/** Items by number, made at once or promised: all that training needs of a {@link Dataset} of T. */
export interface Items<T> {
  readonly length: number
  readonly classes: readonly string[]
  get(index: number): T | Promise<T>
}

/**
 * A value that is to be a data set of named classes.
 *
 * @throws TypeError for anything else, saying what it is.
 */
export function ofClasses<T>(data: Items<T>): Items<T> {
  const { length, classes, get } = (data ?? {}) as Partial<Items<T>>
  if (typeof length === 'number' && Array.isArray(classes) && typeof get === 'function') return data
  throw new TypeError(
    `a data set with classes was expected, such as viz.scenes(), not ${described(data)}`,
  )
}

export interface BatchOptions {
  /** Whether the items come in random order. Default false. */
  shuffle?: boolean
  /** Which random order. Default: that of `%seed`, or 0. */
  seed?: number
  /** Which pass over the items it is: each has a random order of its own. Default 0. */
  epoch?: number
  /**
   * Where items are promises: so many further batches are read while one is used, 0 for item by item.
   * Default 1.
   */
  prefetch?: number
  /** Whether to leave out the last batch where it is not full. Default false. */
  dropLast?: boolean
}

export interface SplitOptions {
  /** Which random split. Default: that of `%seed`, or 0. */
  seed?: number
  /** Whether each part is to have its share of every class, up to one item. Default false. */
  stratified?: boolean
}

export interface SheetOptions {
  /** How many items, 1 to 400. Default: about 24, or one of every class up to 100. */
  count?: number
  /** Default: the number of items and of classes. */
  title?: string
}

/**
 * A list of items made or read only when asked for. Item `i` is always the same item, so a data
 * set can be walked in any order, as often as one likes, without being held in memory.
 *
 * Where items must be read first, they are promises: `Dataset<Promise<T>>`. `for await (const item of data)`
 * and `batches` give the items themselves in either case.
 *
 * What is known of an item without making it, such as its class, is its description, of type `D`:
 * `filter`, `split` and the order of a contact sheet look at nothing else. Where a data set has none, the
 * item is its own description.
 *
 * @example
 *   const squares = new Dataset(10, [], (i) => i * i)
 *   squares.map((n) => n + 1).get(3) // 10
 */
export class Dataset<T, D = undefined> implements Iterable<T> {
  readonly #read: (index: number) => T
  readonly #describe: ((index: number) => Known<T, D>) | undefined

  /**
   * @param length how many items there are
   * @param classes the class names; an item's label, where it has one, is an index into them
   * @param read makes item `index`, 0 ≤ index < length, or promises it; the same index must give the same item
   * @param describe what is known of item `index` without making it, such as `{ label, className }`
   * @param recipe how other processes make the same data set, where they can
   */
  constructor(
    readonly length: number,
    readonly classes: readonly string[],
    read: (index: number) => T,
    describe?: (index: number) => Known<T, D>,
    readonly recipe?: Recipe,
  ) {
    if (!Number.isSafeInteger(length) || length < 0)
      throw new RangeError(`a data set's length is a whole number, 0 or more, not ${length}`)
    this.#read = read
    this.#describe = describe
  }

  /**
   * Item `index`, counted from 0.
   * @throws RangeError when there is no such item.
   */
  get(index: number): T {
    this.#check(index)
    return this.#read(index)
  }

  /**
   * What is known of item `index` without making it, such as its class.
   *
   * @throws RangeError when there is no such item; TypeError where nothing is known before the item is read.
   */
  describe(index: number): Known<T, D> {
    this.#check(index)
    if (this.#describe) return this.#describe(index)
    const item = this.#read(index)
    if (item instanceof Promise) {
      item.catch(() => undefined)
      throw new TypeError(
        'nothing is known of these items before they are read: give the data set a fourth argument, ' +
          '`describe`, or look at the items themselves with `filterItems`',
      )
    }
    return item as Known<T, D> // without a `describe`, D is undefined
  }

  /**
   * The label of every item, by its description.
   *
   * @throws TypeError where descriptions have none.
   */
  labels(): Int32Array {
    return Int32Array.from({ length: this.length }, (_, i) => {
      const label = labelOf(this.describe(i))
      if (label === undefined) throw new TypeError(`item ${i} of this data set has no label`)
      return label
    })
  }

  /**
   * A data set of `transform(item, index)`, computed whenever an item is asked for. What is known of the
   * items before stays what it was.
   *
   * @param transform may be asynchronous; where items are promised, it is given what they become
   * @example pets.map(({ image, label }) => ({ image: resize(image, 64, 64), label }))
   */
  map<U>(transform: (item: Awaited<T>, index: number) => U): Dataset<Mapped<T, U>, D> {
    const read = (index: number): unknown => {
      const item: unknown = this.get(index)
      return item instanceof Promise
        ? item.then((read) => transform(read as Awaited<T>, index))
        : transform(item as Awaited<T>, index)
    }
    const describe = this.#describe as ((index: number) => Known<Mapped<T, U>, D>) | undefined
    return new Dataset<Mapped<T, U>, D>(
      this.length,
      this.classes,
      read as (index: number) => Mapped<T, U>,
      describe,
    )
  }

  /**
   * The items at these indices, in this order; an index may occur more than once.
   * @throws RangeError when there is no such item.
   */
  select(indices: ArrayLike<number>): Dataset<T, D> {
    const chosen = Array.from(indices)
    for (const index of chosen) this.#check(index)
    return this.#at(chosen.length, (i) => chosen[i]!, ['select', chosen])
  }

  /** The first items, at most `count` of them. */
  take(count: number): Dataset<T, D> {
    const length = Math.min(wholeNumber('take', count), this.length)
    return this.#at(length, (i) => i, ['take', length])
  }

  /** All items but the first `count`. */
  skip(count: number): Dataset<T, D> {
    const start = Math.min(wholeNumber('skip', count), this.length)
    return this.#at(this.length - start, (i) => start + i, ['skip', start])
  }

  /**
   * The items in random order.
   *
   * @param seed Default: that of `%seed`, or 0.
   */
  shuffle(seed = defaultSeed()): Dataset<T, D> {
    const order = new Random(mixSeeds(seed)).permutation(this.length)
    return this.#at(this.length, (i) => order[i]!, ['shuffle', seed])
  }

  /**
   * The items whose description satisfies `predicate`. Only descriptions are looked at, so no picture is
   * made or read to find them.
   *
   * @throws TypeError where nothing is known before the items are read.
   * @example pets.filter(({ className }) => className === 'dog')
   */
  filter(predicate: (description: Known<T, D>, index: number) => boolean): Dataset<T, D> {
    const indices = Array.from({ length: this.length }, (_, index) => index)
    return this.select(indices.filter((index) => predicate(this.describe(index), index)))
  }

  /**
   * The items that satisfy `predicate`, every one of which is made or read to find them, with a progress
   * bar. Look at descriptions alone with {@link filter}, where they suffice.
   *
   * @example const large = await photos.filterItems(({ image }) => image.width >= 224)
   */
  async filterItems(
    predicate: (item: Awaited<T>, index: number) => boolean | Promise<boolean>,
  ): Promise<Dataset<T, D>> {
    const satisfies = this.map((item, index) => predicate(item, index)) as Dataset<unknown, unknown>
    const kept: number[] = []
    let index = 0
    for await (const keep of follow(satisfies, { label: 'Filtering', unit: 'items' })) {
      if (await keep) kept.push(index)
      index++
    }
    return this.select(kept)
  }

  /**
   * Divides the items at random into parts that have none in common.
   *
   * @param shares Each part's share, above 0, together at most 1; what is left over is in no part.
   * @returns A data set for each part, its items in random order.
   * @throws RangeError for shares out of range; TypeError where classes are to be kept in proportion, but
   *   labels are not known before the items are read.
   * @example const { train, test } = digits.split({ train: 0.8, test: 0.2 }, { stratified: true })
   */
  split<K extends string>(
    shares: Readonly<Record<K, number>>,
    { seed = defaultSeed(), stratified = false }: SplitOptions = {},
  ): Record<K, Dataset<T, D>> {
    const parts = splitIndices(this.length, shares, seed, stratified ? this.labels() : undefined)
    const sets = Object.entries<Int32Array>(parts).map(([name, part]) => [name, this.select(part)])
    return Object.fromEntries(sets) as Record<K, Dataset<T, D>>
  }

  /**
   * The items of this data set, then those of the others.
   *
   * @throws RangeError when they do not have the same classes in the same order.
   */
  concat(...others: Dataset<T, D>[]): Dataset<T, D> {
    for (const { classes } of others) checkSameClasses(this.classes, classes)
    const sets = [this as Dataset<T, D>, ...others]
    const starts = sets.map((_, k) => sets.slice(0, k).reduce((sum, { length }) => sum + length, 0))
    const ask =
      <R>(question: (set: Dataset<T, D>, index: number) => R) =>
      (index: number): R => {
        const k = starts.findLastIndex((start) => start <= index)
        return question(sets[k]!, index - starts[k]!)
      }
    return new Dataset<T, D>(
      sets.reduce((sum, { length }) => sum + length, 0),
      this.classes,
      ask((set, i) => set.get(i)),
      sets.every((set) => set.#describe) ? ask((set, i) => set.describe(i)) : undefined,
      sets.every(({ recipe }) => recipe)
        ? { concat: sets.map(({ recipe }) => recipe!) }
        : undefined,
    )
  }

  /**
   * The items in batches, `size` at a time. Where items are promises, the next batches are read while one is
   * used; what is made at once is made when its batch is asked for.
   *
   * @throws RangeError for a size or a number of batches out of range; what reading an item throws.
   * @example for await (const batch of digits.batches(64, { shuffle: true, epoch })) …
   */
  batches(
    size: number,
    options: BatchOptions = {},
  ): AsyncIterable<Awaited<T>[]> & { length: number } {
    const {
      shuffle = false,
      seed = defaultSeed(),
      epoch = 0,
      prefetch = 1,
      dropLast = false,
    } = options
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`a batch has 1 item or more, a whole number, not ${size}`)
    wholeNumber('prefetch', prefetch, 'batches')
    const items = shuffle ? this.shuffle(epoch === 0 ? seed : mixSeeds(seed, epoch)) : this
    const length = dropLast ? Math.floor(this.length / size) : Math.ceil(this.length / size)
    async function* read(): AsyncGenerator<Awaited<T>[], void, undefined> {
      let batch: Awaited<T>[] = []
      const used = items.take(length * size)
      for await (const item of used.#readAhead(size * prefetch)) {
        batch.push(item)
        if (batch.length < size) continue
        yield batch
        batch = []
      }
      if (batch.length > 0) yield batch
    }
    return { length, [Symbol.asyncIterator]: read }
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.get(i)
  }

  /** The items themselves; where they are promises, the next are read while one is used. */
  [Symbol.asyncIterator](): AsyncGenerator<Awaited<T>, void, undefined> {
    return this.#readAhead(READ_AHEAD)
  }

  /**
   * A contact sheet: some pictures of every class, with their names.
   *
   * @throws TypeError when the items have no pictures; RangeError when there are none, or `count` is out of range.
   * @example scenes.sheet({ count: 64 })
   */
  async sheet(options: SheetOptions = {}): Promise<Figure> {
    const { count = usualCount(this.classes.length), title = this.#summary() } = options
    if (!Number.isInteger(count) || count < 1 || count > 400)
      throw new RangeError(`a contact sheet shows 1 to 400 items, not ${count}`)
    if (this.length === 0) throw new RangeError('a data set without items has no contact sheet')
    // Where descriptions are the items, looking for classes would make thousands of them.
    const labelled = this.#describe && labelOf(this.describe(0)) !== undefined
    const chosen = labelled
      ? fromEveryClass(this.length, (i) => labelOf(this.describe(i)) ?? -1, count)
      : evenly(this.length, count)
    const entries: SheetEntry[] = []
    for await (const item of this.select(chosen)) {
      const entry = sheetEntry(item)
      if (!entry)
        throw new TypeError('a contact sheet shows items that are images, or have one as `image`')
      entries.push(entry)
    }
    const named = this.classes.every((name) => entries.some(({ words }) => words === name))
    const caption = [
      entries.length < this.length && `Shown: ${entries.length} of them.`,
      !named && `Classes: ${classList(this.classes)}`,
    ]
    return sheet(entries, title, caption.filter(Boolean).join(' '))
  }

  /** A notebook shows the contact sheet, or words where the items have no pictures. */
  async [display](): Promise<MimeBundle> {
    const figure = await this.#shown()
    return figure ? figure[display]() : { 'text/plain': this.toString() }
  }

  async [displayMetadata](): Promise<DisplayMetadata> {
    return (await this.#shown())?.[displayMetadata]() ?? {}
  }

  toString(): string {
    return [this.#summary(), classList(this.classes)].filter(Boolean).join(': ')
  }

  #figure: Promise<Figure | undefined> | undefined

  /** Kept: a notebook asks for the sheet and for its size. */
  #shown(): Promise<Figure | undefined> {
    return (this.#figure ??= this.#hasPictures().then((has) => (has ? this.sheet() : undefined)))
  }

  async #hasPictures(): Promise<boolean> {
    return this.length > 0 && sheetEntry(await this.get(0)) !== undefined
  }

  #summary(): string {
    const count = (n: number, one: string, many: string): string =>
      `${n.toLocaleString('en')} ${n === 1 ? one : many}`
    const items = `data set of ${count(this.length, 'item', 'items')}`
    const { length } = this.classes
    return length > 0 ? `${items}, ${count(length, 'class', 'classes')}` : items
  }

  #readAhead(ahead: number): AsyncGenerator<Awaited<T>, void, undefined> {
    const read = (index: number) => this.get(index) as Awaited<T> | Promise<Awaited<T>>
    return readAhead(this.length, read, ahead)
  }

  #check(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new RangeError(
        `no item ${index} in a data set of ${this.length} (expected a whole number, ` +
          (this.length > 0 ? `0 to ${this.length - 1})` : 'but it is empty)'),
      )
  }

  /** Items of this data set at other places; the step says which. */
  #at(length: number, place: (index: number) => number, step: RecipeStep): Dataset<T, D> {
    return new Dataset<T, D>(
      length,
      this.classes,
      (index) => this.get(place(index)),
      this.#describe && ((index) => this.describe(place(index))),
      this.recipe && { of: this.recipe, step },
    )
  }
}

/** So many items are read ahead where they are gone through one by one. */
const READ_AHEAD = 8

function labelOf(description: unknown): number | undefined {
  const known = typeof description === 'object' && description !== null && 'label' in description
  return known && typeof description.label === 'number' ? description.label : undefined
}

function wholeNumber(what: string, value: number, of = 'items'): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`${what} is a whole number of ${of}, 0 or more, not ${value}`)
}

function checkSameClasses(one: readonly string[], other: readonly string[]): void {
  const most = Math.max(one.length, other.length)
  for (let i = 0; i < most; i++)
    if (one[i] !== other[i])
      throw new RangeError(
        `data sets of different classes have different labels: class ${i} is ` +
          `${quoted(one[i])} in one and ${quoted(other[i])} in the other`,
      )
}

const quoted = (name: string | undefined): string => (name === undefined ? 'missing' : `'${name}'`)
