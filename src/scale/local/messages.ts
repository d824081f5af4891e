/** What a worker process says; it is told numbers of shards. */
export type FromWorker =
  | { ready: true }
  /** The part of this shard is kept. */
  | { done: number }
  /** It cannot be done, here or anywhere. */
  | { failed: { name: string; message: string } }
