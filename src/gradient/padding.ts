import type { Builder } from '../network/builder.js'

/** Pads axes with zeros; negative numbers cut away. */
export function pad(
  b: Builder,
  value: string,
  axes: readonly number[],
  begin: readonly number[],
  end: readonly number[],
): string {
  if ([...begin, ...end].every((n) => n === 0)) return value
  const pads = b.integers([...begin, ...end])
  return b.add('Pad', [value, pads, b.scalar(0), b.integers(axes)], { mode: 'constant' })
}
