import { existsSync, readFileSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Command } from '../kernel/commands/command.js'
import { runNotebook } from '../kernel/notebook/run.js'
import { recordsOfCells } from '../kernel/replay/records.js'
import { code, newNotebook } from '../kernel/templates/cells.js'

const root = new URL('../', import.meta.url)
const page = (name: string) => readFileSync(new URL(name, root), 'utf8')
const fixture = (name: string) => fileURLToPath(new URL(`test/fixtures/${name}`, root))

/** The blocks of a page in a language. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(
    ([, block]) => block!,
  )

describe('docs/research.md', function () {
  this.timeout(60_000)

  it('runs, as one notebook', async function () {
    if (!existsSync(new URL('dist/kernel/cli.js', root))) this.skip() // npm run build
    const folder = await mkdtemp(join(tmpdir(), 'fovea-docs-'))
    try {
      await copyFile(fixture('reference/plain/model.onnx'), join(folder, 'my-network.onnx'))
      await copyFile(fixture('dog_cat_224.png'), join(folder, 'photo.png'))
      await cp(fixture('tfjs/tiny'), join(folder, 'tfjs'), { recursive: true })
      const weights = fixture('squeezenet1_1/weights.safetensors')
      await copyFile(weights, join(folder, 'squeezenet1_1.safetensors'))
      const labels = Array.from({ length: 10 }, (_, i) => `label ${i}`).join('\n')
      await writeFile(join(folder, 'labels.txt'), `${labels}\n`)
      for (const name of ['cat', 'dog']) {
        await mkdir(join(folder, 'photos', name), { recursive: true })
        await copyFile(fixture('dog_cat_224.png'), join(folder, 'photos', name, '1.png'))
      }

      const cells = blocks(page('docs/research.md'), 'ts').map((block, i) =>
        code(`block-${i}`, block),
      )
      const runs = await runNotebook(newNotebook(cells), { cwd: folder, keepGoing: true })
      const failed = runs.filter(({ outcome }) => outcome !== 'passed')
      expect(failed.map(({ cell, error }) => [cell.source, error])).deep.equal([])
      const records = recordsOfCells(runs.map(({ cell }) => cell))
      expect(records.map(({ network, method }) => `${network}: ${method}`)).include.members([
        'my-network: gradcam',
        'mine: gradcam',
        'squeezenet1_1: predict',
      ])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('docs', () => {
  for (const name of ['docs/teaching.md', 'docs/research.md', 'docs/kernel.md', 'README.md'])
    it(`${name} names commands and options that there are`, async () => {
      const text = page(name)
      const shell = [
        ...blocks(text, 'sh'),
        ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, one]) => one!),
      ]
      const calls = shell
        .flatMap((block) => block.split(/\n|&&/))
        .map((line) => /^\s*(?:npx )?fovea ([a-z]+)(.*)/.exec(line.replace(/ #.*/, '')))
        .filter((match) => match !== null)
      expect(calls).not.empty
      for (const [line, name = '', rest = ''] of calls) {
        const path = `../kernel/commands/${name}.js`
        const { help } = (await import(path)) as Command
        for (const [option] of rest.matchAll(/(?<= )--?[a-z-]+/g))
          if (option !== '--help')
            expect(help, line).match(new RegExp(`(^|[\\s,])${option}\\b`, 'm'))
      }
    })

  it('link to pages that there are', () => {
    for (const name of ['docs/teaching.md', 'docs/research.md', 'docs/kernel.md', 'README.md'])
      for (const [, target = ''] of page(name).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
        expect(existsSync(new URL(target, new URL(name, root))), `${name}: ${target}`).equal(true)
  })
})
