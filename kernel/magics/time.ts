import { anyText, defineMagic, type MagicContext } from './core/magic.js'

export const time = defineMagic({
  name: 'time',
  kind: 'both',
  usage: ['%time CODE', '%%time'],
  summary: 'Tells how long a line or the cell took, by the clock and in processor time.',
  example: "%time await viz.model('scenes')",
  parse: anyText,
  code: 'once',
  around(_, context) {
    const [start, cpu] = [performance.now(), process.cpuUsage()]
    return () => report(context, performance.now() - start, process.cpuUsage(cpu))
  },
})

function report({ print }: MagicContext, wall: number, { user, system }: NodeJS.CpuUsage): void {
  const [used, kernel] = [user / 1000, system / 1000]
  print(
    `Wall time: ${duration(wall)}. Processor time: ${duration(used + kernel)} ` +
      `(user ${duration(used)}, system ${duration(kernel)})\n`,
  )
}

/** Three digits, in the unit that suits. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 60_000)
    return `${Math.floor(milliseconds / 60_000)} min ${Math.floor((milliseconds % 60_000) / 1000)} s`
  const [factor, unit] =
    milliseconds >= 1000
      ? [1e-3, 's']
      : milliseconds >= 1 || milliseconds === 0
        ? [1, 'ms']
        : milliseconds >= 1e-3
          ? [1e3, 'µs']
          : [1e6, 'ns']
  return `${Number((milliseconds * factor).toPrecision(3))} ${unit}`
}
