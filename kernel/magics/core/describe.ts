/** The documentation of magics as text. */
import type { MagicDocumentation } from './magic.js'

/** `%time`, `%%time` or both. */
export function signs({ kind, name }: Pick<MagicDocumentation, 'kind' | 'name'>): string[] {
  return [...(kind === 'cell' ? [] : [`%${name}`]), ...(kind === 'line' ? [] : [`%%${name}`])]
}

/** What `%name?` prints. */
export function help(magic: MagicDocumentation): string {
  return `${magic.usage.join('\n')}\n\n${explanation(magic)}`
}

/** What there is to say beside its usage. */
export function explanation(magic: MagicDocumentation): string {
  const others = aliases(magic)
  const also = others.length > 0 ? [`Also: ${others.join(', ')}`] : []
  return [magic.summary, ...also, `Example:\n${magic.example.replace(/^/gm, '    ')}`].join('\n\n')
}

function aliases({ aliases = [], kind }: MagicDocumentation): string[] {
  return aliases.flatMap((name) => signs({ kind, name }))
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
  const rows = magics.map((magic) => {
    const others = aliases(magic)
    const also = others.length > 0 ? ` Also ${others.map(code).join(', ')}.` : ''
    return `| ${magic.usage.map(code).join('<br>').replaceAll('|', '\\|')} | ${magic.summary}${also} |`
  })
  return ['| magic | what it does |', '| --- | --- |', ...rows].join('\n')
}
