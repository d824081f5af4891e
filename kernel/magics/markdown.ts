import { defineMagic, none } from './core/magic.js'

export const markdown = defineMagic({
  name: 'markdown',
  kind: 'cell',
  usage: ['%%markdown'],
  summary: 'Shows the cell as Markdown.',
  example: '%%markdown\n**bold**',
  parse: none,
  body: 'text',
  run: (_, { show }, { body }) => show({ 'text/markdown': body, 'text/plain': body }),
})
