import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
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

    expect(code).to.equal(0)
    expect(stderr).to.match(/^\[1\/2\] const n: number = 20 +\d+\.\d\d s$/m)
    expect(stderr).to.match(/^\[2\/2\] n \+ 1 +\d+\.\d\d s$/m)
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
    expect(skipped?.outputs[0]).to.have.property('text', 'of an earlier run') // left as it is
    expect((await readNotebook(out)).metadata).to.have.nested.property(
      'language_info.name',
      'typescript',
    )
    expect((await readNotebook(out)).metadata.kernelspec).to.deep.include({ name: 'fovea' })
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
    expect(stderr).to.include('bad.ipynb: cell [3] failed: const missing: any = null')
    expect(stderr).to.include("TypeError: Cannot read properties of null (reading 'layer')")
    expect(stderr).not.to.include('\x1b')
    expect(stderr).not.to.include('[4/4]').and.not.include('Every cell ran')
    expect(stdout).to.include(out)
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
    expect(stderr).to.include('cell [1] failed: console.log("going")')
    expect(stderr).to.include('the cell took longer than 0.5 s and was interrupted')
    const [cell] = await codeCells(out)
    expect(cell?.outputs.map((output) => output.output_type)).to.deep.equal(['stream', 'error'])
  })

  it('stops at Ctrl-C, and writes what it has', async () => {
    const path = await notebook('stopped.ipynb', ['console.log("going")\nfor (;;) {}', '1'])
    const out = join(folder, 'stopped.out.ipynb')
    const { child, done } = fovea(path, '--out', out)
    child.stderr.on('data', (data: Buffer) => {
      if (data.includes('[1/2]')) setTimeout(() => child.kill('SIGINT'), 1000)
    })
    const { code, stderr } = await done
    expect(code).to.equal(130)
    expect(stderr).to.include('cell [1] failed').and.include('interrupted')
    const [cell] = await codeCells(out)
    expect(cell?.outputs[0]).to.have.property('text', 'going\n')
  })

  it('keeps going after an error and after a cell that takes too long, and says so in the report', async () => {
    const path = await notebook('going.ipynb', [
      'throw new RangeError("<&\\u0001>")',
      'for (;;) {}',
      ['1', 'skip-execution'],
      'console.log("still here")',
    ])
    const [out, junit] = [join(folder, 'going.out.ipynb'), join(folder, 'reports', 'going.xml')]
    const args = ['--keep-going', '--timeout', '3', '--out', out, '--junit', junit]
    const { code, stderr } = await fovea(path, ...args).done
    expect(code).to.equal(1)
    expect(stderr).to.include('cell [1] failed').and.include('cell [2] failed')
    const cells = await codeCells(out)
    expect(cells[3]?.outputs[0]).to.have.property('text', 'still here\n')
    const report = await readFile(junit, 'utf8')
    expect(report).to.include('tests="4" failures="2" errors="0" skipped="1"')
    expect(report).to.include('type="RangeError" message="&lt;&amp;\ufffd&gt;">')
    expect(report).to.match(
      /name="\[3\] console.log\(&quot;still here&quot;\)" time="\d+\.\d{3}"\/>/,
    )
  })

  it('runs the notebooks of a folder, each in its own, into folders of the same form', async () => {
    const lectures = join(folder, 'course')
    for (const inner of ['', 'b', '.ipynb_checkpoints'])
      await mkdir(join(lectures, inner), { recursive: true })
    await notebook('course/one.ipynb', ['process.cwd()'])
    await notebook('course/b/two.ipynb', ['process.cwd()'])
    await notebook('course/.ipynb_checkpoints/one.ipynb', ['throw new Error("hidden")'])
    const out = join(folder, 'executed')
    const { code, stdout, stderr } = await fovea(
      lectures,
      '--out',
      out,
      '--html',
      `${out}/pages`,
      '--quiet',
    ).done
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '', stderr: '' })
    const files = (await readdir(out, { recursive: true })).filter((name) => /\.\w+$/.test(name))
    expect(files.sort()).to.deep.equal(
      ['b/two.ipynb', 'one.ipynb', 'pages/b/two.html', 'pages/one.html'].map((name) => join(name)),
    )
    const [cell] = await codeCells(join(out, 'b', 'two.ipynb'))
    expect(cell?.outputs[0]).to.have.nested.property('data.text/plain', `'${join(lectures, 'b')}'`)
  })

  it('stops at the first notebook that fails, unless it is to keep going', async () => {
    await notebook('x1.ipynb', ['throw new Error("no")'])
    await notebook('x2.ipynb', ['1'])
    const pattern = join(folder, 'x?.ipynb') // not expanded by a shell here
    const first = await fovea(pattern).done
    expect(first.code).to.equal(1)
    expect(first.stderr).to.include('0 of 2 notebooks ran without an error, 1 were not run')
    const all = await fovea(pattern, '-k').done
    expect(all.code).to.equal(1)
    expect(all.stderr).to.include('1 of 2 notebooks ran without an error.')
  })

  it('gives parameters, which later cells are checked against', async () => {
    const path = await notebook('parameters.ipynb', [
      [
        `let epochs = 10
const method: 'saliency' | 'gradcam' = 'saliency'
const size = 'small'
const classes = ['wolf']
let label: string = 'a'
const read = () => epochs`,
        'parameters',
      ],
      ['epochs = 99', 'injected-parameters'],
      `if (size === 'small') throw new Error(method)
const sum: number = epochs + classes.length
;[sum, read(), method, size, label, seed]`,
    ])
    const values = join(folder, 'values.json')
    await writeFile(values, '{"epochs": 1, "classes": ["dog", "cat"]}')
    const out = join(folder, 'parameters.out.ipynb')
    const args = ['-f', values, '-p', 'epochs=3', '-p', 'method=gradcam', '-p', 'size=large']
    const more = ['-p', 'label=7', '-r', 'seed=8', '--out', out]
    const { code, stderr } = await fovea(path, ...args, ...more).done
    expect(stderr).to.include(
      "unknown parameter 'seed'; the cell tagged 'parameters' declares epochs",
    )
    expect(code, stderr).to.equal(0)
    const cells = await codeCells(out)
    expect(cells).to.have.length(3)
    expect(cells[1]?.metadata.tags).to.deep.equal(['injected-parameters'])
    expect(cells[2]?.outputs[0]).to.have.nested.property(
      'data.text/plain',
      "[ 5, 3, 'gradcam', 'large', '7', '8' ]",
    )
  })

  it('explains what it cannot run', async () => {
    const python = { kernelspec: { name: 'python3', language: 'python' } }
    const lecture = await notebook('lecture.ipynb', ['1'], python)
    const good = await notebook('fine.ipynb', [['let epochs = 1', 'parameters']])
    await writeFile(join(folder, 'old.ipynb'), '{"nbformat": 3, "worksheets": []}')
    const empty = join(folder, 'empty')
    await mkdir(empty)
    const cases: [args: string[], message: RegExp][] = [
      [[], /which notebook\?/],
      [[join(folder, 'lectrue.ipynb')], /no file .*lectrue\.ipynb; the nearest .* lecture\.ipynb/],
      [[empty], /the folder .*empty holds no notebooks/],
      [[join(folder, 'none*.ipynb')], /no notebook matches/],
      [[cli], /cli\.js is not a notebook/],
      [[join(folder, 'old.ipynb')], /format 3, but format 4 was expected/],
      [[lecture], /lecture\.ipynb: the notebook is in python \(kernel 'python3'\).*TypeScript/],
      [[good, '--htm', 'x'], /'--htm'; did you mean '--html'\?/],
      [[good, '--timeout', 'x'], /a number of seconds/],
      [[good, '-p', 'epochs'], /NAME=VALUE was expected/],
      [[good, '-p', 'epochs=many'], /parameter epochs: a number was expected.*not "many"/],
      [[good, '-p', 'class=1'], /'class' cannot be a parameter/],
      [[good, '-f', cli], /--parameters .*cli\.js: .*JSON/],
      [[good, lecture, '--html', 'x.html'], /one file, for 2 notebooks; a folder was expected/],
    ]
    for (const [args, message] of cases) {
      const { code, stderr } = await fovea(...args).done
      expect(stderr).to.match(message)
      expect({ code, ran: stderr.includes('[1/') }).to.deep.equal({ code: 2, ran: false })
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

  it('ask questions, give references, and from the second on set an exercise', async () => {
    for (const name of (await readdir(lectures)).filter((name) => name.endsWith('.ipynb')).sort()) {
      const { cells } = await readNotebook(fileURLToPath(new URL(name, lectures)))
      const texts = cells.filter(({ cell_type }) => cell_type === 'markdown').map(sourceOf)
      const code = cells.filter(({ cell_type }) => cell_type === 'code').map(sourceOf)
      expect(texts[0], name).to.match(/^# \S/)
      expect(texts.join('\n').split('> **Question.**').length, name).to.be.above(4)
      expect(texts.at(-1), name).to.match(/^## References\n+- /)
      if (name.startsWith('01-')) continue
      expect(texts.join('\n'), name).to.match(/^## Exercise\b/m)
      expect(code.join('\n'), name).to.include('TODO')
    }
  })
})

const sourceOf = ({ source }: { source: string | readonly string[] }): string =>
  [source].flat().join('')
