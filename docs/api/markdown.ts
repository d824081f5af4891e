/** Pieces of Markdown, as code-hosting pages show it. */

export const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim()

/** Lines of a docstring that belong together become one; what is indented or empty stays. */
export const paragraph = (text: string): string =>
  text.replace(/(?<=\S)\n(?=[^\s\-*\d|])/g, ' ').trim()

export const listOf = (items: readonly string[]): string =>
  items.map((item) => `- ${item}`).join('\n')

/** A table; columns that are empty throughout are left out, and nothing remains of one without rows. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
