import { defineMagic, none } from './core/magic.js'

export const javascript = defineMagic({
  name: 'javascript',
  aliases: ['js'],
  kind: 'cell',
  usage: ['%%javascript'],
  summary: 'Has the front-end run the cell as JavaScript, where it trusts the notebook.',
  example: '%%javascript\nconsole.log(document.title)',
  parse: none,
  body: 'text',
  run: (_, { show }, { body }) => show({ 'application/javascript': body, 'text/plain': body }),
})
