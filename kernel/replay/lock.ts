/** A lock file: by what networks the results of notebooks were computed. */
import type { ResultRecord } from '../../src/record.js'
import { isObject } from '../notebook/format.js'
import type { Json } from '../protocol.js'
import type { Difference } from './difference.js'

export interface Lock {
  lockfileVersion: 1
  fovea: string
  /** Names and versions. */
  engines: string[]
  /** Of each network the SHA-256 of its graph and weights; several where one name stands for several states. */
  networks: Record<string, string[]>
}

export class LockError extends Error {
  override readonly name = 'LockError'
}

/** What there is to lock, in the order that a file keeps. */
export function lockOf(all: readonly ResultRecord[], fovea: string): Lock {
  const records = all.filter(({ digest }) => digest !== '') // what no network computed has none
  const networks = new Map<string, Set<string>>()
  for (const { network, digest } of records)
    networks.set(network, (networks.get(network) ?? new Set()).add(digest))
  return {
    lockfileVersion: 1,
    fovea,
    engines: [...new Set(records.map(({ engine }) => engine))].sort(),
    networks: Object.fromEntries(
      [...networks]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, digests]) => [name, [...digests].sort()]),
    ),
  }
}

/** @throws LockError for a text that is no lock file. */
export function parseLock(text: string): Lock {
  let json: Json
  try {
    json = JSON.parse(text) as Json
  } catch (error) {
    throw new LockError(`not JSON: ${(error as Error).message}`)
  }
  const isTexts = (value: Json | undefined): boolean =>
    Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (
    !isObject(json) ||
    json.lockfileVersion !== 1 ||
    typeof json.fovea !== 'string' ||
    !isTexts(json.engines) ||
    !isObject(json.networks) ||
    !Object.values(json.networks).every(isTexts)
  )
    throw new LockError(
      'a lock file of version 1 was expected: { lockfileVersion, fovea, engines, networks }',
    )
  return json as unknown as Lock
}

/** What is used and not locked. A lock may hold more than is used. */
export function checkLock(
  locked: Lock,
  used: Lock,
): { differences: Difference[]; notes: Difference[] } {
  const differences = Object.entries(used.networks).flatMap(([name, digests]) => {
    const known = Object.hasOwn(locked.networks, name) ? locked.networks[name]! : []
    return digests
      .filter((digest) => !known.includes(digest))
      .map((digest) => ({
        what: `lock: network '${name}'`,
        stored: known.join(', ') || 'not in the lock file',
        now: digest,
      }))
  })
  const notes: Difference[] = used.engines
    .filter((engine) => !locked.engines.includes(engine))
    .map((engine) => ({ what: 'lock: engine', stored: locked.engines.join(', '), now: engine }))
  if (locked.fovea !== used.fovea)
    notes.push({ what: 'lock: version of Fovea', stored: locked.fovea, now: used.fovea })
  return { differences, notes }
}
