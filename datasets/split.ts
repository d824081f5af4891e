import { mixSeeds, Random } from '../src/image/random.js'

/**
 * Divides the items 0 … length − 1 into parts, at random.
 *
 * @param shares Each part's share of the items, above 0, together at most 1; what is left over is in no part.
 * @param labels The class of each item, where every part is to have its share of each class.
 * @returns The items of each part, in random order. A part has its share of all items, rounded; with two
 *   parts, also its share of each class, up to one item.
 * @throws RangeError for shares out of range.
 */
export function splitIndices<K extends string>(
  length: number,
  shares: Readonly<Record<K, number>>,
  seed: number,
  labels?: ArrayLike<number>,
): Record<K, Int32Array> {
  const parts = checkShares(shares)
  const random = new Random(mixSeeds(seed))
  const order = random.permutation(length)
  if (labels) order.sort((a, b) => labels[a]! - labels[b]!) // stable: random within a class
  const rest = Math.max(0, 1 - parts.reduce((sum, { share }) => sum + share, 0))
  const dealt = labels
    ? deal(order, [...parts.map(({ share }) => share), rest])
    : cut(
        order,
        parts.map(({ share }) => share),
      )
  return Object.fromEntries(
    parts.map(({ name }, k) => {
      const indices = dealt[k]!
      return [name, labels ? shuffled(indices, random) : indices]
    }),
  ) as Record<K, Int32Array>
}

function checkShares(shares: Readonly<Record<string, number>>): { name: string; share: number }[] {
  const parts = Object.entries(shares).map(([name, share]) => ({ name, share }))
  const example = 'such as { train: 0.8, test: 0.2 }'
  if (parts.length === 0) throw new RangeError(`a split has one part or more, ${example}`)
  for (const { name, share } of parts)
    if (!(share > 0 && share <= 1))
      throw new RangeError(`the share of '${name}' is above 0 and at most 1, not ${share}`)
  const sum = parts.reduce((total, { share }) => total + share, 0)
  if (sum > 1 + 1e-9)
    throw new RangeError(`the shares of a split are together at most 1, ${example}, not ${sum}`)
  return parts
}

/** Consecutive runs, each end rounded to a whole item. */
function cut(order: Int32Array, shares: readonly number[]): Int32Array[] {
  let sum = 0
  return shares.map((share) => {
    const start = Math.round(sum * order.length)
    sum += share
    return order.slice(start, Math.round(Math.min(1, sum) * order.length))
  })
}

/** One by one to the part that lacks most, so that each has its share of every run of items. */
function deal(order: Int32Array, shares: readonly number[]): Int32Array[] {
  const dealt = shares.map((): number[] => [])
  order.forEach((item, i) => {
    let [most, to] = [-Infinity, 0]
    shares.forEach((share, k) => {
      const lack = share * (i + 1) - dealt[k]!.length
      if (share > 0 && lack > most + 1e-9) [most, to] = [lack, k]
    })
    dealt[to]!.push(item)
  })
  return dealt.map((indices) => Int32Array.from(indices))
}

function shuffled(indices: Int32Array, random: Random): Int32Array {
  return random.permutation(indices.length).map((i) => indices[i]!)
}
