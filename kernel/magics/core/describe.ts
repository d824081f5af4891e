/** The documentation of magics as text. */
import type { MagicDocumentation } from './magic.js'

/** `%time`, `%%time` or both. */
export function signs({ kind, name }: MagicDocumentation): string[] {
  return [...(kind === 'cell' ? [] : [`%${name}`]), ...(kind === 'line' ? [] : [`%%${name}`])]
}

/** What `%name?` prints. */
export function help(magic: MagicDocumentation): string {
  const { usage, summary, aliases = [], example } = magic
  const also = aliases.length > 0 ? [`Also: ${aliases.join(', ')}`] : []
  return [usage.join('\n'), summary, ...also, `Example:\n${example.replace(/^/gm, '    ')}`].join(
    '\n\n',
  )
}

/** One line each, for `%lsmagic`. */
export function list(magics: readonly MagicDocumentation[]): string {
  const names = magics.map((magic) => signs(magic).join(' '))
  const width = Math.max(...names.map(({ length }) => length))
  return magics.map(({ summary }, i) => `${names[i]!.padEnd(width)}  ${summary}\n`).join('')
}

/** The table in docs/kernel.md. */
export function table(magics: readonly MagicDocumentation[]): string {
  const code = (text: string) => `\`${text}\``
  const rows = magics.map(({ usage, summary, aliases = [] }) => {
    const also = aliases.length > 0 ? ` Also \`%%${aliases.join('`, `%%')}\`.` : ''
    return `| ${usage.map(code).join('<br>').replaceAll('|', '\\|')} | ${summary}${also} |`
  })
  return ['| magic | what it does |', '| --- | --- |', ...rows].join('\n')
}
