import { list } from './core/describe.js'
import { defineMagic, none } from './core/magic.js'

export const lsmagic = defineMagic({
  name: 'lsmagic',
  kind: 'line',
  usage: ['%lsmagic'],
  summary: 'Lists the magics; `%name?` explains one.',
  example: '%lsmagic',
  parse: none,
  run: (_, { magics, print }) => print(list(magics)),
})
