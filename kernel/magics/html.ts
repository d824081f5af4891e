import { defineMagic, none } from './core/magic.js'

export const html = defineMagic({
  name: 'html',
  kind: 'cell',
  usage: ['%%html'],
  summary: 'Shows the cell as HTML.',
  example: '%%html\n<b>bold</b>',
  parse: none,
  body: 'text',
  run: (_, { show }, { body }) => show({ 'text/html': body, 'text/plain': body }),
})
