import { defineMagic, someText, words } from './core/magic.js'
import { runProgram } from './core/run-program.js'

export const script = defineMagic({
  name: 'script',
  kind: 'cell',
  usage: ['%%script PROGRAM [ARGUMENT …]'],
  summary: 'Runs a program that reads the cell from its standard input.',
  example: '%%script node\nconsole.log(6 * 7)',
  parse: someText('the program'),
  body: 'text',
  run: (command, context, { body }) => runProgram(words(command), context, body),
})
