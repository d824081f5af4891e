/** What came out differently, as it is told to the reader. */
export interface Difference {
  /** Such as `gradcam: data`, `picture` or `text`. */
  what: string
  stored: string
  now: string
  /** How far apart they are and how far they may be, in words; none where they must be equal. */
  distance?: string
}

/** How far apart two runs may be. */
export interface Tolerances {
  /**
   * Of a result the Euclidean distance between its two arrays, as a share of their norm; of a number in a text the
   * difference as a share of it.
   */
  numbers: number
  /** Of a picture the root mean square of the differences of its pixels, as a share of their range. */
  pictures: number
}

/** What a comparison found. */
export class Findings {
  /** What differs by more than it may. */
  readonly differences: Difference[] = []
  /** What differs and may, such as the version of the engine. */
  readonly notes: Difference[] = []
  results = 0
  pictures = 0
  texts = 0
  /** The largest distance between two results' arrays, as a share of their norm. */
  largest = 0

  add(other: Findings): void {
    this.differences.push(...other.differences)
    this.notes.push(...other.notes)
    this.results += other.results
    this.pictures += other.pictures
    this.texts += other.texts
    this.largest = Math.max(this.largest, other.largest)
  }
}

/** A share in few digits, such as `3.1e-2`. */
export const share = (value: number): string => (value === 0 ? '0' : value.toExponential(1))
