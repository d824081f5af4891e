import type { TypedTensor } from '../../network/graph.js'
import { type Transform, transform } from './transform.js'

/**
 * Moves the picture by a random whole number of pixels each way, up to `most`; what leaves it on one side enters
 * it on the other (Mordvintsev et al. 2015).
 *
 * @param most Pixels. DeepDream takes 32, CS231n 16.
 * @throws RangeError for what is no whole number, 1 or more.
 * @example await optimise(net, { of: classScore('wolf'), transforms: [jitter(8)] })
 */
export function jitter(most: number): Transform {
  if (!Number.isInteger(most) || most < 1)
    throw new RangeError(`jitter moves by a whole number of pixels, 1 or more, not ${most}`)
  return transform({
    key: 'jitter()',
    code: `jitter(${most})`,
    random: true,
    draw: ([, , height, width], random) =>
      [height, width].flatMap((size) => {
        const by = random ? random.integer(2 * most + 1) - most : 0
        return [rolled(size, by), rolled(size, -by)]
      }),
    build(b, picture, [rows, rowsBack, columns, columnsBack]) {
      b.pairPermutations(rows!, rowsBack!)
      b.pairPermutations(columns!, columnsBack!)
      const moved = b.add('Gather', [picture, rows!], { axis: 2 })
      return b.add('Gather', [moved, columns!], { axis: 3 })
    },
  })
}

/** Where the elements of an axis come from that is rolled by so much. */
function rolled(size: number, by: number): TypedTensor {
  const start = (((-by % size) + size) % size) + size
  const data = Int32Array.from({ length: size }, (_, i) => (start + i) % size)
  return { type: 'int32', shape: [size], data }
}
