import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { writeWhole } from '../write-whole.js'
import { defineMagic, expandHome, UsageError, words } from './core/magic.js'

export const writefile = defineMagic({
  name: 'writefile',
  aliases: ['file'],
  kind: 'cell',
  usage: ['%%writefile [-a] PATH'],
  summary: 'Writes the cell to a file, as a whole or not at all; `-a` appends.',
  example: '%%writefile helpers.ts\nexport const half = (x: number) => x / 2',
  body: 'text',
  suggest: 'paths',
  parse(text) {
    const given = words(text)
    const append = given[0] === '-a'
    const [path, ...more] = append ? given.slice(1) : given
    if (path === undefined) throw new UsageError('the path is missing')
    if (more.length > 0) throw new UsageError(`a path with spaces needs quotes: '${text}'`)
    return { path: expandHome(path), append }
  },
  async run({ path, append }, { print }, { body }) {
    const exists = existsSync(path)
    const before = exists && append ? await readFile(path) : Buffer.alloc(0)
    await writeWhole(path, Buffer.concat([before, Buffer.from(body.replace(/[^\n]$/, '$&\n'))]))
    print(`${exists ? (append ? 'Appended to' : 'Overwrote') : 'Wrote'} ${path}\n`)
  },
})
