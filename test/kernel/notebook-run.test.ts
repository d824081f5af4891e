import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { readNotebook, type CodeCell } from '../../kernel/notebook/format.js'

const cli = fileURLToPath(new URL('../../dist/kernel/cli.js', import.meta.url))

/** Starts the real command, as a user does. */
function fovea(...args: string[]) {
  const child = spawn(process.execPath, [cli, 'run', ...args])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  const done = once(child, 'close').then(([code]) => ({ code: code as number, stdout, stderr }))
  return { child, done }
}

describe('fovea run', function () {
  this.timeout(60_000)
  let folder: string

  before(async function () {
    if (!existsSync(cli)) this.skip() // the kernel runs compiled: npm run build
    folder = await realpath(await mkdtemp(join(tmpdir(), 'fovea-test-')))
  })
  after(async () => {
    if (folder) await rm(folder, { recursive: true })
  })

  /** Writes a notebook of code cells, each a source or a source and its tags. */
  async function notebook(
    name: string,
    cells: (string | [source: string, ...tags: string[]])[],
    metadata: object = {},
  ): Promise<string> {
    const path = join(folder, name)
    const code = cells.map((cell) => {
      const [source, ...tags] = [cell].flat()
      const stale = [{ output_type: 'stream', name: 'stdout', text: 'of an earlier run' }]
      return { cell_type: 'code', metadata: { tags }, source, outputs: stale, execution_count: 9 }
    })
    const text = { cell_type: 'markdown', metadata: {}, source: '# A title' }
    const whole = { nbformat: 4, nbformat_minor: 5, metadata, cells: [text, ...code] }
    await writeFile(path, JSON.stringify(whole))
    return path
  }

  async function codeCells(path: string): Promise<CodeCell[]> {
    const { cells } = await readNotebook(path)
    return cells.filter((cell) => cell.cell_type === 'code')
  }

  it('runs the cells in the notebook’s folder and writes notebook and page', async () => {
    const path = await notebook('good.ipynb', [
      'const n: number = 20\nconsole.log(process.cwd())',
      '',
      'n + 1',
      ['throw new Error("left out")', 'skip-execution'],
    ])
    const out = join(folder, 'new', 'out.ipynb')
    const html = join(folder, 'new', 'page.html')
    const { code, stdout, stderr } = await fovea(path, '--out', out, '--html', html).done

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    expect(stdout).to.match(/^\[1\/2\] const n: number = 20 +\d+\.\d\d s$/m)
    expect(stdout).to.match(/^\[2\/2\] n \+ 1 +\d+\.\d\d s$/m)
    expect(stdout).to.include(out).and.include('page.html')
    const [first, empty, second, skipped] = await codeCells(out)
    expect(first).to.deep.include({
      execution_count: 1,
      outputs: [{ output_type: 'stream', name: 'stdout', text: `${folder}\n` }],
    })
    expect(empty).to.deep.include({ execution_count: null, outputs: [] })
    expect(second?.outputs[0]).to.deep.include({
      output_type: 'execute_result',
      execution_count: 2,
      data: { 'text/plain': '21' },
    })
    expect(skipped?.outputs).to.deep.equal([])
    expect((await readNotebook(out)).metadata).to.have.nested.property(
      'language_info.name',
      'typescript',
    )
    const page = await readFile(html, 'utf8')
    expect(page).to.include('<title>A title</title>').and.include('<pre>21</pre>')
  })

  it('ends at an error, names the cell, and keeps what was run', async () => {
    const path = await notebook('bad.ipynb', [
      'console.log("before")',
      ['throw new RangeError("on purpose")', 'raises-exception'],
      'const missing: any = null\nmissing.layer',
      'console.log("never")',
    ])
    const out = join(folder, 'bad.out.ipynb')
    const html = join(folder, 'bad.html')
    const { code, stdout, stderr } = await fovea(path, '--out', out, '--html', html).done

    expect(code).to.equal(1)
    expect(stderr).to.include('Cell [3] failed: const missing: any = null')
    expect(stderr).to.include("TypeError: Cannot read properties of null (reading 'layer')")
    expect(stderr).not.to.include('\x1b')
    expect(stdout).not.to.include('[4/4]').and.not.include('Every cell ran')
    const outputs = (await codeCells(out)).map((cell) => cell.outputs)
    expect(outputs[0]?.[0]).to.have.property('text', 'before\n')
    expect(outputs[1]?.[0]).to.deep.include({ ename: 'RangeError', evalue: 'on purpose' })
    expect(outputs[2]?.[0]).to.have.property('ename', 'TypeError')
    expect(outputs[3]).to.deep.equal([])
    expect(await readFile(html, 'utf8')).to.include('output error')
  })

  it('interrupts a cell that takes too long', async () => {
    const path = await notebook('long.ipynb', ['console.log("going")\nfor (;;) {}', '1'])
    const out = join(folder, 'long.out.ipynb')
    const { code, stderr } = await fovea(path, '--timeout', '0.5', '--out', out).done
    expect(code).to.equal(1)
    expect(stderr).to.include('Cell [1] failed: console.log("going")')
    expect(stderr).to.include('the cell took longer than 0.5 s and was interrupted')
    const [cell] = await codeCells(out)
    expect(cell?.outputs.map((output) => output.output_type)).to.deep.equal(['stream', 'error'])
  })

  it('stops at Ctrl-C, and writes what it has', async () => {
    const path = await notebook('stopped.ipynb', ['console.log("going")\nfor (;;) {}', '1'])
    const out = join(folder, 'stopped.out.ipynb')
    const { child, done } = fovea(path, '--out', out)
    child.stdout.on('data', (data: Buffer) => {
      if (data.includes('[1/2]')) setTimeout(() => child.kill('SIGINT'), 1000)
    })
    const { code, stderr } = await done
    expect(code).to.equal(130)
    expect(stderr).to.include('Cell [1] failed').and.include('interrupted')
    const [cell] = await codeCells(out)
    expect(cell?.outputs[0]).to.have.property('text', 'going\n')
  })

  it('explains what it cannot run', async () => {
    const python = { kernelspec: { name: 'python3', language: 'python' } }
    await notebook('lecture.ipynb', ['1'], python)
    const cases: [args: string[], message: RegExp][] = [
      [[], /which notebook\?/],
      [[join(folder, 'lectrue.ipynb')], /no file .*lectrue\.ipynb; the nearest .* lecture\.ipynb/],
      [[folder], /is a folder/],
      [[cli], /cli\.js is not a notebook/],
      [[join(folder, 'lecture.ipynb')], /in python \(kernel 'python3'\).*TypeScript/],
      [[join(folder, 'lecture.ipynb'), '--htm', 'x'], /'--htm'; did you mean '--html'\?/],
      [[join(folder, 'lecture.ipynb'), '--timeout', 'x'], /a number of seconds/],
    ]
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await fovea(...args).done
      expect(stderr).to.match(message)
      expect({ code, ran: stdout.includes('[1/') }).to.deep.equal({ code: 2, ran: false })
    }
  })
})

describe('the lecture notebooks', () => {
  const lectures = new URL('../../notebooks/lectures/', import.meta.url)

  it('are committed without outputs, for the kernel fovea', async () => {
    const names = (await readdir(lectures)).filter((name) => name.endsWith('.ipynb'))
    expect(names).to.include('01-which-pixels-matter.ipynb')
    for (const name of names) {
      const path = fileURLToPath(new URL(name, lectures))
      const { metadata, cells, nbformat_minor } = await readNotebook(path)
      expect(nbformat_minor).to.equal(5)
      expect(metadata.kernelspec).to.deep.include({ name: 'fovea', language: 'typescript' })
      expect(new Set(cells.map((cell) => cell.id)).size).to.equal(cells.length)
      for (const cell of cells)
        if (cell.cell_type === 'code')
          expect(cell).to.deep.include({ outputs: [], execution_count: null })
    }
  })
})
