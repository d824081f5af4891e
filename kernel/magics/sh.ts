import { anyText, defineMagic, words } from './core/magic.js'
import { runProgram } from './core/run-program.js'

export const sh = defineMagic({
  name: 'sh',
  kind: 'cell',
  usage: ['%%sh [ARGUMENT …]'],
  summary: 'Runs the cell in sh; an exit code other than 0 is an error.',
  example: '%%sh\nls *.png | head',
  parse: anyText,
  body: 'text',
  run: (args, context, { body }) => runProgram(['sh', '-c', body, 'sh', ...words(args)], context),
})
