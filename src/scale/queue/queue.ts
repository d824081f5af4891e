/** The queue that producers and workers share: BullMQ's, one for each version of the library. */
import { version } from '../../version.js'

/** Workers of another version do not see the shards of this one. */
export const QUEUE = `shards-${version}`

/** Of the keys in Redis. */
export const PREFIX = 'fovea'

/** What is in the queue for a shard. */
export interface ShardTicket {
  /** Digest of the job. */
  job: string
  shard: number
}

/** The same shard is in the queue once. */
export const ticketId = ({ job, shard }: ShardTicket): string => `${job}-${shard}`
