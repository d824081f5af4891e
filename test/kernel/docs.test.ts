import { expect } from 'chai'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Magic, MagicContext } from '../../kernel/magics/core/magic.js'
import { HONOURED } from '../../kernel/tsconfig.js'
import { useKernel } from './protocol/wire.js'

const page = readFileSync(new URL('../../docs/kernel.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```typescript\n([^]*?)```/g)].map(([, code]) => code!)
const exampleWith = (text: string) => examples.find((code) => code.includes(text))!

describe('docs/kernel.md', () => {
  describe('the comm', () => {
    const used = useKernel()
    it('answers', async function () {
      this.timeout(30_000)
      await used.wire.execute(exampleWith('comms.register'))
      const opening = { comm_id: 'd', target_name: 'double', data: {} }
      await used.wire.request('shell', 'comm_open', opening)
      const message = { comm_id: 'd', data: { value: 21 } }
      const { contentOf } = await used.wire.request('shell', 'comm_msg', message)
      expect(contentOf('comm_msg')!.data).to.deep.equal({ doubled: 42 })
    })
  })

  it('the new magic shows a table', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-docs-'))
    const core = fileURLToPath(new URL('../../kernel/magics/core/magic.ts', import.meta.url))
    const code = exampleWith('defineMagic').replace('./core/magic.js', pathToFileURL(core).href)
    await writeFile(join(folder, 'csv.mts'), code)
    const { csv } = (await import(pathToFileURL(join(folder, 'csv.mts')).href)) as { csv: Magic }
    await rm(folder, { recursive: true })
    const shown: object[] = []
    const context = { show: (data: object) => shown.push(data) } as unknown as MagicContext
    const [, separator = '', body = ''] = /^%%csv (.)\n([^]*)$/.exec(csv.example)!
    csv.run!(separator, context, { body })
    expect(shown).to.deep.equal([
      {
        'text/markdown': '| layer | channels |\n| --- | --- |\n| conv1 | 64 |',
        'text/plain': body,
      },
    ])
    expect(() => csv.check('ab')).to.throw("the separator is one character, not 'ab'")
  })

  it('names the options of tsconfig.json that are honoured', () => {
    const ofStrict = /^(strict.*|noImplicit(Any|This)|useUnknownInCatchVariables)$/
    for (const option of HONOURED)
      if (!ofStrict.test(option) && option !== 'pathsBasePath') expect(page).to.include(option)
  })
})
