/** Files are decoded on a few threads; more at once would only hold more pictures in memory. */
const AT_ONCE = 8

/**
 * What `read` gives for 0 … length − 1, in this order. Where that is a promise, further items are read while
 * the present one is used; what is made at once is made when its turn comes.
 *
 * @param ahead At most so many items, beside the present one, are being read or wait to be used.
 * @throws what reading an item throws, when that item's turn comes.
 */
export async function* readAhead<T>(
  length: number,
  read: (index: number) => T | Promise<T>,
  ahead: number,
): AsyncGenerator<T, void, undefined> {
  const started: (T | Promise<T>)[] = []
  let next = 0
  let reading = 0
  let closed = false

  /** An error belongs to the item that it concerns, not to the one that is being used. */
  const attempt = (index: number): T | Promise<T> => {
    try {
      return read(index)
    } catch (error) {
      return (async () => {
        throw error
      })()
    }
  }
  const start = (): void => {
    const item = attempt(next)
    next++
    started.push(item)
    if (!(item instanceof Promise)) return
    reading++
    const over = (): void => {
      reading--
      fill()
    }
    item.then(over, over)
  }
  const fill = (): void => {
    const wanted = () => next < length && started.length <= ahead && reading < AT_ONCE
    while (!closed && started.at(-1) instanceof Promise && wanted()) start()
  }

  try {
    while (started.length > 0 || next < length) {
      if (started.length === 0) start()
      fill()
      const present = started[0]!
      yield present instanceof Promise ? await present : present
      void started.shift() // it has been awaited
    }
  } finally {
    closed = true
  }
}
