import { defineMagic, UsageError } from './core/magic.js'

export const timeout = defineMagic({
  name: 'timeout',
  kind: 'cell',
  usage: ['%%timeout SECONDS'],
  summary: 'Interrupts the cell after so many seconds, with a TimeoutError; variables survive.',
  example: "%%timeout 30\nawait viz.model('scenes')",
  parse(text) {
    const seconds = Number(text)
    if (text && seconds > 0 && seconds <= 1e6) return seconds
    throw new UsageError(`it takes a number of seconds above 0, not '${text}'`)
  },
  timeout: (seconds) => seconds,
})
