/** What producers and workers share beside the queue: descriptions of jobs, networks, and what is done. */
import type { Redis } from 'ioredis'
import type { Job } from '../job.js'
import type { Task } from '../task.js'

/** Seconds after which a job that nobody has gone on with is forgotten. */
const FORGOTTEN = 7 * 24 * 3600
/** Seconds that the result of a job is kept after its end, for others who wait for the same. */
const AFTERWARDS = 600
/** Bytes of a value; Redis has a limit of 512 MB. */
const CHUNK = 2 ** 26

const keys = {
  job: (digest: string) => `fovea:job:${digest}`,
  parts: (digest: string) => `fovea:parts:${digest}`,
  failures: (digest: string) => `fovea:failures:${digest}`,
  network: (digest: string) => `fovea:network:${digest}`,
}

/** A producer's side: puts what workers need where it is not there yet. */
export async function putJob(
  redis: Redis,
  { digest, job, networks }: Pick<Task, 'digest' | 'job' | 'networks'>,
): Promise<void> {
  for (const [network, bytes] of networks)
    if ((await redis.expire(keys.network(network), FORGOTTEN)) === 0) {
      const file = bytes()
      const chunks: Buffer[] = []
      for (let at = 0; at < file.length; at += CHUNK)
        chunks.push(Buffer.from(file.subarray(at, at + CHUNK)))
      // All at once: nobody sees a part of the file.
      await redis
        .multi()
        .del(keys.network(network))
        .rpush(keys.network(network), ...chunks)
        .expire(keys.network(network), FORGOTTEN)
        .exec()
    }
  await redis.set(keys.job(digest), JSON.stringify(job), 'EX', FORGOTTEN)
}

/** @throws Error where it has been forgotten. */
export async function getJob(redis: Redis, digest: string): Promise<Job> {
  const json = await redis.get(keys.job(digest))
  if (json === null) throw new Error(`the job ${digest} is not in Redis any more`)
  return JSON.parse(json) as Job
}

/** @throws Error where it has been forgotten. */
export async function getNetwork(redis: Redis, digest: string): Promise<Uint8Array> {
  const chunks = await redis.lrangeBuffer(keys.network(digest), 0, -1)
  if (chunks.length === 0) throw new Error(`the network ${digest} is not in Redis any more`)
  return Buffer.concat(chunks)
}

/** Keeps the part of a shard. The first one counts: a shard that was done twice is in the result once. */
export async function putPart(
  redis: Redis,
  digest: string,
  shard: number,
  bytes: Uint8Array,
): Promise<void> {
  await redis
    .multi()
    .hsetnx(keys.parts(digest), String(shard), Buffer.from(bytes))
    .expire(keys.parts(digest), FORGOTTEN)
    .exec()
}

export const hasPart = async (redis: Redis, digest: string, shard: number): Promise<boolean> =>
  (await redis.hexists(keys.parts(digest), String(shard))) === 1

/** The shards that are done. */
export const doneShards = async (redis: Redis, digest: string): Promise<number[]> =>
  (await redis.hkeys(keys.parts(digest))).map(Number)

export async function getPart(redis: Redis, digest: string, shard: number): Promise<Uint8Array> {
  const bytes = await redis.hgetBuffer(keys.parts(digest), String(shard))
  if (!bytes) throw new Error(`the part of shard ${shard} is not in Redis any more`)
  return bytes
}

/** Says that a shard cannot be done, here or anywhere. */
export const putFailure = (
  redis: Redis,
  digest: string,
  shard: number,
  message: string,
): Promise<unknown> => redis.hset(keys.failures(digest), String(shard), message)

/** Why some shard cannot be done; undefined where all can, as far as is known. */
export const getFailure = async (redis: Redis, digest: string): Promise<string | undefined> =>
  (await redis.hvals(keys.failures(digest)))[0]

/** A job is tried again from here on. */
export const clearFailures = (redis: Redis, digest: string): Promise<unknown> =>
  redis.del(keys.failures(digest))

/** What is kept of a job that is over is soon forgotten, its networks when nobody has used them for a week. */
export const finishJob = (redis: Redis, digest: string): Promise<unknown> =>
  redis.multi().expire(keys.job(digest), AFTERWARDS).expire(keys.parts(digest), AFTERWARDS).exec()
