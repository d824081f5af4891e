/** Padding that repeats what is there: which element stands at a place beyond the end of an axis. */

const modulo = (at: number, size: number): number => ((at % size) + size) % size

const sources: Record<string, (at: number, size: number) => number> = {
  edge: (at, size) => Math.min(Math.max(at, 0), size - 1),
  reflect: (at, size) => {
    const period = Math.max(1, 2 * (size - 1))
    return Math.min(modulo(at, period), period - modulo(at, period))
  },
  wrap: modulo,
}

/**
 * For each place of a padded axis the place before padding from which its element comes.
 *
 * @param mode 'edge', 'reflect' or 'wrap'. @param size The axis before padding.
 * @returns undefined for another mode: what 'constant' puts there comes from nowhere.
 */
export function paddedFrom(
  mode: string,
  size: number,
  before: number,
  after: number,
): number[] | undefined {
  const source = Object.hasOwn(sources, mode) ? sources[mode] : undefined
  const length = before + size + after
  return source && Array.from({ length }, (_, at) => source(at - before, size))
}
