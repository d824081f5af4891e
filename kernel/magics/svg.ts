import { defineMagic, none } from './core/magic.js'

export const svg = defineMagic({
  name: 'svg',
  kind: 'cell',
  usage: ['%%svg'],
  summary: 'Shows the cell as an SVG picture.',
  example: '%%svg\n<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>',
  parse: none,
  body: 'text',
  run: (_, { show }, { body }) => show({ 'image/svg+xml': body, 'text/plain': body }),
})
