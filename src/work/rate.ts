/** How fast work goes, of the last seconds. The clock is the monotonic one and serves display alone. */

/** Seconds that the rate is taken over: long enough to be steady, short enough to follow a change. */
const WINDOW = 15

export class Rate {
  private readonly samples: { at: number; done: number }[] = []

  /** @param at seconds, from any origin. */
  add(at: number, done: number): void {
    this.samples.push({ at, done })
    // One sample older than the window stays, so that slow steps have a rate as well.
    while (this.samples.length > 2 && this.samples[1]!.at < at - WINDOW) this.samples.shift()
  }

  /** Per second; undefined before there is any progress. */
  get perSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)]
    if (!first || !last || last.at <= first.at || last.done <= first.done) return undefined
    return (last.done - first.done) / (last.at - first.at)
  }
}
