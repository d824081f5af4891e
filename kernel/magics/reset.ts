import { defineMagic, none } from './core/magic.js'

export const reset = defineMagic({
  name: 'reset',
  kind: 'line',
  usage: ['%reset'],
  summary: 'Forgets the variables of all cells; it stands before any code.',
  example: '%reset',
  parse: none,
  leads: true,
  around(_, { forgetVariables }) {
    forgetVariables()
    return () => {}
  },
})
