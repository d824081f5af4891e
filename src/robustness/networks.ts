/** The networks of a comparison, by the names that figures show. */
import type { Network } from '../network/network.js'

/** Networks under their own names, or under others: `{ before: net, after: trained.network }`. */
export type Networks = readonly Network[] | Readonly<Record<string, Network>>

/** @throws RangeError where there are none, or two of one name. */
export function namedNetworks(networks: Networks): { name: string; net: Network }[] {
  const named = isList(networks)
    ? networks.map((net) => ({ name: net.name, net }))
    : Object.entries(networks).map(([name, net]) => ({ name, net }))
  if (named.length === 0) throw new RangeError('there are no networks to compare')
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) < i)
  if (twice)
    throw new RangeError(
      `two of the networks are called '${twice.name}': name them, as in { before: net, after: other }`,
    )
  return named
}

const isList = (networks: Networks): networks is readonly Network[] => Array.isArray(networks)
