import { inspect } from 'node:util'
import { defineMagic, none } from './core/magic.js'

const WIDTH = 60

export const who = defineMagic({
  name: 'who',
  aliases: ['whos'],
  kind: 'line',
  usage: ['%who'],
  summary: 'Lists the variables of the cells, with their types and values.',
  example: '%who',
  parse: none,
  wantsTypes: true,
  run(_, { variables, types, print }) {
    const rows = Object.entries(variables())
      .filter(([name]) => name in types)
      .map(([name, value]) => [name, cut(types[name]!), cut(inspect(value, { depth: 1 }))])
    if (rows.length === 0) return print('There are no variables.\n')
    const all = [['name', 'type', 'value'], ...rows]
    const width = (column: number) => Math.max(...all.map((row) => row[column]!.length))
    const [first, second] = [width(0), width(1)]
    const lines = all.map(([a, b, c]) => `${a!.padEnd(first)}  ${b!.padEnd(second)}  ${c}\n`)
    return print(lines.join(''))
  },
})

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line
}
