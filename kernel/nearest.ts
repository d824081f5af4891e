/** What a reader probably meant. */
import { closest, distance } from 'fastest-levenshtein'

/** The name most like the one given, unless none is like it. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const found = closest(name, names)
  return distance(name, found) <= Math.max(2, name.length / 3) ? found : undefined
}
