/** A connection to Redis that outlives an outage of the server. */
import { Redis } from 'ioredis'

/** Milliseconds between attempts to reach a server again that was there before: at most. */
const PAUSE = 1000
/** Attempts before a server that was never there is given up. */
const ATTEMPTS = 3

/**
 * Connects to a server.
 *
 * @throws RangeError for what is no address of Redis; Error where there is no server, or it refuses.
 */
export async function connect(url: string): Promise<Redis> {
  if (!/^rediss?:\/\/./.test(url))
    throw new RangeError(
      `a queue is the address of a Redis server, redis://host:6379, not '${url}'`,
    )
  let reached = false
  let reason: Error | undefined
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null, // commands wait for the server to come back
    retryStrategy: (times) => (reached || times < ATTEMPTS ? Math.min(100 * times, PAUSE) : null),
  })
  client.on('error', (error) => (reason = error)) // it tries again; without a listener it would print
  client.on('ready', () => (reached = true))
  try {
    await client.connect()
    return client
  } catch (error) {
    client.disconnect()
    throw new Error(
      `there is no Redis server at ${withoutPassword(url)}: ${(reason ?? (error as Error)).message}`,
      {
        cause: error,
      },
    )
  }
}

/** For messages. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@')
}
