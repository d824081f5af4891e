import { anyText, defineMagic, words } from './core/magic.js'
import { runProgram } from './core/run-program.js'

export const bash = defineMagic({
  name: 'bash',
  kind: 'cell',
  usage: ['%%bash [ARGUMENT …]'],
  summary: 'Runs the cell in bash; an exit code other than 0 is an error.',
  example: '%%bash\nls *.png | head',
  parse: anyText,
  body: 'text',
  run: (args, context, { body }) =>
    runProgram(['bash', '-c', body, 'bash', ...words(args)], context),
})
