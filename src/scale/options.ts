/** Who computes a pass over a data set. */
export interface ScaleOptions {
  /**
   * So many processes on this machine share the pictures. The result is the same, bit for bit. Default: this process
   * computes alone.
   */
  workers?: number
  /**
   * Address of a Redis server, `redis://host:6379`. All processes `fovea worker --queue ADDRESS`, on whatever
   * machines, share the pictures.
   */
  queue?: string
}

/** Whether others than this process are to compute. */
export const isScaled = ({ workers, queue }: ScaleOptions): boolean =>
  workers !== undefined || queue !== undefined
