import { anyText, defineMagic } from './core/magic.js'

/** Names of variables whose values are not for a page that others see. */
const SECRET = /key|token|secret|password|passwd|credential/i

export const env = defineMagic({
  name: 'env',
  kind: 'line',
  usage: ['%env', '%env NAME', '%env NAME=VALUE'],
  summary: 'The environment variables of the cells (secrets hidden), one of them, or sets one.',
  example: '%env TZ=UTC',
  suggest: (before) => (before.length === 0 ? Object.keys(process.env) : []),
  parse: anyText,
  run(text, { print }) {
    const [, name = '', value] = /^([^\s=]+)(?:(?:\s*=\s*|\s+)(.*))?$/.exec(text) ?? []
    if (!text)
      return Object.fromEntries(
        Object.entries(process.env).map(([key, one]) => [key, SECRET.test(key) ? '<hidden>' : one]),
      )
    if (value === undefined) return process.env[name]
    process.env[name] = value
    return print(`${name}=${value}\n`)
  },
})
