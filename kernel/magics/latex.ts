import { defineMagic, none } from './core/magic.js'

export const latex = defineMagic({
  name: 'latex',
  kind: 'cell',
  usage: ['%%latex'],
  summary: 'Shows the cell as LaTeX.',
  example: '%%latex\n$$\\partial y / \\partial x$$',
  parse: none,
  body: 'text',
  run: (_, { show }, { body }) => show({ 'text/latex': body, 'text/plain': body }),
})
