/** Small computations whose every number is shown, made by the graph rules that networks are computed by. */
import type { Engine } from '../../engine/engine.js'
import { Figure, type FigureParts } from '../../figures/figure.js'
import type { Builder } from '../../network/builder.js'
import { float32, type TypedTensor } from '../../network/graph.js'

/** Numbers as they are written: row by row. */
export type Table = readonly (readonly number[])[]

/** A computation in steps: a figure of tables, and their numbers by name. */
export class StepByStep extends Figure {
  constructor(
    parts: FigureParts,
    readonly numbers: Readonly<Record<string, number[][]>>,
  ) {
    super(parts)
  }
}

/** A table as one image of one channel, [1, 1, H, W]. @throws RangeError for what is no table of numbers. */
export function imageOf(table: Table, name: string): TypedTensor {
  const [height, width] = [table.length, table[0]?.length ?? 0]
  const good =
    width > 0 && table.every((row) => row.length === width && row.every((n) => Number.isFinite(n)))
  if (!good) throw new RangeError(`the ${name} is a table of finite numbers, its rows equally long`)
  return float32(table.flat(), [1, 1, height, width])
}

/** Checks a table's size. */
export function checkSize(table: Table, name: string, rows: number, columns: number): void {
  if (table.length !== rows || table.some((row) => row.length !== columns))
    throw new RangeError(
      `the ${name} has ${rows}×${columns} numbers here, not ${table.length}×${table[0]?.length ?? 0}`,
    )
}

/** What the graph computes, each value as numbers in one list. */
export async function compute(
  engine: Engine,
  b: Builder,
  values: Readonly<Record<string, string>>,
  feeds: Record<string, TypedTensor>,
): Promise<Record<string, number[]>> {
  const names = Object.keys(values)
  names.forEach((name) => b.addMany('Identity', [values[name]!], {}, 1, `shown.${name}`))
  const program = await engine.compile(b.graph.extract(names.map((name) => `shown.${name}`)))
  try {
    const found = await program.run(feeds)
    return Object.fromEntries(
      names.map((name) => [
        name,
        Array.from(found[`shown.${name}`]!.data as ArrayLike<number | bigint>, Number),
      ]),
    )
  } finally {
    await program.release()
  }
}

/** A list of numbers as rows of a table. */
export const rowsOf = (numbers: readonly number[], width: number): number[][] =>
  Array.from({ length: numbers.length / width }, (_, y) =>
    numbers.slice(y * width, (y + 1) * width).map((n) => (n === 0 ? 0 : n)),
  )
