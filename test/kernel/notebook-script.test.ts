import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { run as convert } from '../../kernel/commands/convert.js'
import { parseNotebook } from '../../kernel/notebook/format.js'
import { notebookToScript } from '../../kernel/notebook/script.js'
import { rejection } from '../rejection.js'

type Source = string | { code: string; tags?: string[] } | { text: string }

function notebook(sources: Source[]): string {
  const cells = sources.map((source) => {
    const cell = typeof source === 'string' ? { code: source } : source
    return 'text' in cell
      ? { cell_type: 'markdown', metadata: {}, source: cell.text }
      : { cell_type: 'code', metadata: { tags: cell.tags ?? [] }, source: cell.code, outputs: [] }
  })
  return JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells })
}

const script = (...sources: Source[]) => notebookToScript(parseNotebook(notebook(sources)))

describe('a notebook as a program', function () {
  this.timeout(30_000)
  let folder: string
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'fovea-script-')))
  })
  after(() => rm(folder, { recursive: true }))

  /**
   * Runs a program as Node does that strips types: what only looks at one file cannot know which of
   * its imports are types, so all that are not marked stay.
   */
  async function output(program: string): Promise<string> {
    const { outputText } = ts.transpileModule(program, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    })
    const file = join(folder, 'program.mjs')
    await writeFile(file, outputText)
    return (await promisify(execFile)(process.execPath, [file])).stdout
  }

  it('prints the values of cells, awaited, and what they print', async () => {
    const program = script(
      { text: '# Title\n\ntext' },
      'const x = await Promise.resolve(20)\nconsole.log("x")',
      'Promise.resolve(x + 1)',
      'undefined',
      '({ a: x })',
      `({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'shown' }) })`,
      'display(x)',
    )
    expect(program).to.include('// # Title\n//\n// text\n')
    expect(await output(program)).to.equal('x\n21\n{ a: 20 }\nshown\n20\n')
  })

  it('gives a name that is declared again another one, wherever it means that one', async () => {
    const program = script(
      'const x = 1\nconst first = () => x\ntype T = number',
      'let x: T = 2\nx += 1\nconst o = { x, y: { x: x } }\nconst f = (x: number) => ({ x })',
      'const { x: z, ...others } = { x, w: 1 }\nfor (const x of [7]) console.log(x)\nlabel: for (;;) break label',
      'type T = string\nconst t: T = `${x}`\nclass x_2 { x = x }',
      '[first(), x, o.x, o.y.x, f(9).x, z, others.w, t, new x_2().x].join()',
    )
    expect(await output(program)).to.equal('7\n1,3,3,3,9,3,1,3,3\n')
  })

  it('hoists imports, each once, and marks those that are types', async () => {
    const program = script(
      "import { join, parse } from 'node:path'\nimport * as fs from 'node:fs'\njoin('a', 'b')",
      "import { join, ParsedPath } from 'node:path'\nimport fs from 'node:fs/promises'\nconst p: ParsedPath = parse(join('/a', 'b'))",
      "import { basename as join } from 'node:path'\n[p.base, join('/a/c'), typeof fs.stat]",
    )
    const imports = program.split('\n').filter((line) => line.startsWith('import'))
    expect(imports).to.deep.equal([
      "import { join, parse } from 'node:path'",
      "import * as fs from 'node:fs'",
      "import type { ParsedPath } from 'node:path'",
      "import fs_2 from 'node:fs/promises'",
      "import { basename as join_2 } from 'node:path'",
    ])
    expect(await output(program)).to.equal("a/b\n[ 'b', 'c', 'function' ]\n")
  })

  it('imports what a kernel preloads, where it is used', () => {
    expect(script('const viz = 1\nviz')).not.to.include("from 'fovea'")
    expect(script('viz.scenes()')).to.include("import { viz } from 'fovea'")
    expect(script('const a = { viz: 1 }.viz')).not.to.include("fovea'")
    expect(script('tf.ones([2])')).to.include("import * as tf from '@tensorflow/tfjs'")
    expect(script('1', 'const show = 2')).to.include('await show_2(1)')
  })

  it('comments out what is no TypeScript or not to run, and lets fail what is meant to', async () => {
    const program = script(
      '%%time\nconsole.log(1)',
      '%%html\n<b>no</b>',
      { code: 'throw 1', tags: ['skip-execution'] },
      { code: 'throw new Error("meant")', tags: ['raises-exception'] },
      'console.log(2)',
    )
    expect(program).to.include('// %%time\nconsole.log(1)')
    expect(program).to.include('// %%html\n// <b>no</b>').and.include('\n// throw 1\n')
    expect(await output(program)).to.equal('1\n2\n')
  })

  it('is written beside the notebook, but not over another program', async () => {
    const path = join(folder, 'a.ipynb')
    await writeFile(path, notebook(['1']))
    const { log } = console
    console.log = () => {}
    try {
      expect(await convert([path, '--to', 'script'])).to.equal(0) // no package.json: .mts
      expect(await convert([path, '--to', 'script'])).to.equal(0) // over its own
      await writeFile(join(folder, 'a.ts'), 'export const mine = 1')
      await writeFile(join(folder, 'package.json'), '{"type": "module"}')
      const error = await rejection(convert([path, '--to', 'script']))
      expect(error.message).to.include('a.ts was not made by fovea convert; --force')
      expect(await convert([path, '--to', 'html', '--out', join(folder, 'a.html')])).to.equal(0)
    } finally {
      console.log = log
    }
    expect(await readFile(join(folder, 'a.mts'), 'utf8')).to.include('// Made by fovea convert')
    expect(await readFile(join(folder, 'a.ts'), 'utf8')).to.equal('export const mine = 1')
    expect(await readFile(join(folder, 'a.html'), 'utf8')).to.include('<title>a</title>')
  })

  it('of a lecture is sound TypeScript', async () => {
    const lecture = new URL(
      '../../notebooks/lectures/01-which-pixels-matter.ipynb',
      import.meta.url,
    )
    const program = notebookToScript(parseNotebook(await readFile(lecture, 'utf8')))
    const name = fileURLToPath(new URL('../../lecture-program.mts', import.meta.url)) // where 'fovea' is found
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
    }
    const host = ts.createCompilerHost(options)
    const onDisk = ts.createCompilerHost(options)
    host.readFile = (file) => (file === name ? program : onDisk.readFile(file))
    host.fileExists = (file) => file === name || onDisk.fileExists(file)
    const found = ts.getPreEmitDiagnostics(ts.createProgram([name], options, host))
    expect(
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ).to.deep.equal([])
  })
})
