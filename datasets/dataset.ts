/**
 * A list of items made or read only when asked for. Item `i` is always the same item, so a data
 * set can be walked in any order, as often as one likes, without being held in memory.
 *
 * @example
 *   const squares = new Dataset(10, [], (i) => i * i)
 *   squares.map((n) => n + 1).get(3) // 10
 */
export class Dataset<T> implements Iterable<T> {
  readonly #read: (index: number) => T

  /**
   * @param length how many items there are
   * @param classes the class names; an item's label, where it has one, is an index into them
   * @param read makes item `index`, 0 ≤ index < length; the same index must give the same item
   */
  constructor(
    readonly length: number,
    readonly classes: readonly string[],
    read: (index: number) => T,
  ) {
    if (!Number.isInteger(length) || length < 0)
      throw new RangeError(`a data set's length is a whole number, 0 or more, not ${length}`)
    this.#read = read
  }

  /**
   * Item `index`, counted from 0.
   * @throws RangeError when there is no such item.
   */
  get(index: number): T {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new RangeError(
        `no item ${index} in a data set of ${this.length} (expected a whole number, ` +
          (this.length > 0 ? `0 to ${this.length - 1})` : 'but it is empty)'),
      )
    return this.#read(index)
  }

  /** A data set of `transform(item, index)`, computed whenever an item is asked for. */
  map<U>(transform: (item: T, index: number) => U): Dataset<U> {
    return new Dataset(this.length, this.classes, (i) => transform(this.get(i), i))
  }

  /** The items at these indices, in this order; an index may occur more than once. */
  select(indices: ArrayLike<number>): Dataset<T> {
    const chosen = Array.from(indices)
    return new Dataset(chosen.length, this.classes, (i) => this.get(chosen[i] ?? -1))
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.length; i++) yield this.get(i)
  }
}
