import type { Job } from './job.js'
import type { Part } from './pass.js'

/** A job as those who distribute it have it. */
export interface Task {
  job: Job
  /** Names the job. */
  digest: string
  /** How many shards it has. */
  shards: number
  /** The networks' files by their digests, made when they are asked for. */
  networks: ReadonlyMap<string, () => Uint8Array>
}

/** What was found in a shard. */
export interface Done {
  shard: number
  part: Part
}
