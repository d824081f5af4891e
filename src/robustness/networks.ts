/** The networks of a comparison, by the names that figures show. */
import { described } from '../described.js'
import { aNetwork, type Network } from '../network/network.js'
import type { Provenance } from '../result.js'
import { version } from '../version.js'

/** Networks under their own names, or under others: `{ before: net, after: trained.network }`. */
export type Networks = readonly Network[] | Readonly<Record<string, Network>>

/** @throws RangeError where there are none, or two of one name; TypeError for what is no network. */
export function namedNetworks(networks: Networks): { name: string; net: Network }[] {
  const named = isList(networks)
    ? networks.map((net) => ({ name: aNetwork(net).name, net }))
    : Object.entries(networks ?? {}).map(([name, net]) => ({ name, net: aNetwork(net) }))
  if (named.length === 0) throw new RangeError('there are no networks to compare')
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) < i)
  if (twice)
    throw new RangeError(
      `two of the networks are called '${twice.name}': name them, as in { before: net, after: other }`,
    )
  return named
}

/** @throws TypeError for anything but a list of networks. */
export function networkList(networks: readonly Network[]): readonly Network[] {
  if (!Array.isArray(networks))
    throw new TypeError(`a list of networks was expected, not ${described(networks)}`)
  return networks.map(aNetwork)
}

/** Where what several networks were compared by comes from. */
export function provenanceOfAll(
  networks: readonly { name: string; net: Network }[],
  told: Pick<Provenance, 'method' | 'input' | 'parameters'>,
): Provenance {
  const joined = (of: (net: Network) => string): string =>
    [...new Set(networks.map(({ net }) => of(net)))].join(', ')
  return {
    ...told,
    network: networks.map(({ name }) => name).join(', '),
    digest: joined((net) => net.digest),
    engine: joined((net) => net.engine.version),
    fovea: version,
  }
}

const isList = (networks: Networks): networks is readonly Network[] => Array.isArray(networks)
