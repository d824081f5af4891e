import { defineMagic, none } from './core/magic.js'

export const pwd = defineMagic({
  name: 'pwd',
  kind: 'line',
  usage: ['%pwd'],
  summary: 'The folder where relative paths begin, as a string.',
  example: '%pwd',
  parse: none,
  run: () => process.cwd(),
})
