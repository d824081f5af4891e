import { expect } from 'chai'
import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { list, signs, table } from '../../../kernel/magics/core/describe.js'
import { magics } from '../../../kernel/magics/registry.js'
import { useKernel } from '../protocol/wire.js'
import { run, type Seen } from './helpers.js'

describe('magics: each of them', function () {
  this.timeout(60_000)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-magics-')))
  const used = useKernel({ cwd: folder, env: { FOVEA_TEST_TOKEN: 'xyz', FOVEA_TEST: 'open' } })
  const cell = (code: string): Promise<Seen> => run(used.wire, code)
  const resultOf = async (code: string) => {
    const { result, traceback } = await cell(code)
    return traceback || result
  }
  before(async () => {
    await mkdir(join(folder, 'pictures'))
    await writeFile(join(folder, 'dog.png'), '') // examples list pictures
  })
  after(() => rm(folder, { recursive: true }))

  describe('does what its example says', () => {
    for (const { name, example } of magics)
      it(name, async () => {
        const { error, stderr, traceback } = await cell(example)
        expect(traceback).to.equal('')
        expect(error).to.equal(undefined)
        expect(stderr).to.equal('')
      })
    after(async () => {
      expect((await cell(`%cd ${folder}\n%seed off\n%reset`)).traceback).to.equal('')
    })
  })

  it('%lsmagic lists them all', async () => {
    const { stdout } = await cell('%lsmagic')
    expect(stdout).to.equal(list(magics))
    for (const sign of magics.flatMap(signs)) expect(stdout).to.include(sign)
  })

  it('%name? explains each', async () => {
    const { stdout } = await cell(magics.map(({ name }) => `%${name}?`).join('\n'))
    for (const { usage, summary, example } of magics) {
      expect(stdout).to.include(`${usage.join('\n')}\n\n${summary}`)
      expect(stdout).to.include(example.split('\n')[0])
    }
    expect((await cell('%%bash?')).stdout).to.match(/^%%bash \[ARGUMENT …\]\n/)
  })

  it('are the table in docs/kernel.md', async () => {
    const page = await readFile(new URL('../../../docs/kernel.md', import.meta.url), 'utf8')
    const squeezed = page.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---')
    expect(squeezed).to.include(table(magics))
  })

  it('wrong use names the place and the usage, and nothing of the cell runs', async () => {
    const { error, traceback, stdout } = await cell('console.log(1)\n  %seed seven')
    expect(error!.ename).to.equal('UsageError')
    expect(error!.evalue).to.equal("It takes a whole number of 32 bits, not 'seven'.")
    expect(traceback).to.match(/at Cell\[\d+\]\.ts:2:3\n\n {6}%seed seven\n {6}\^\n/)
    expect(traceback).to.include('%seed NUMBER\n%seed off\n%%seed NUMBER\n')
    expect(stdout).to.equal('')
  })

  describe('time', () => {
    const REPORT = /^Wall time: [\d.]+ (?:s|ms|µs)\. Processor time: .+ \(user .+, system .+\)\n$/

    it('of a line, which keeps its value', async () => {
      const { stdout, result } = await cell(
        '%time await new Promise((done) => setTimeout(() => done("late"), 30))',
      )
      expect(result).to.equal("'late'")
      expect(stdout).to.match(REPORT)
      expect(Number(/[\d.]+/.exec(stdout))).to.be.within(29, 500)
    })

    it('of a declaration, which later cells know', async () => {
      expect((await cell('%time const six: number = 6')).stdout).to.match(REPORT)
      expect(await resultOf('six')).to.equal('6')
    })

    it('of a cell, also of one that fails', async () => {
      const { stdout, result } = await cell('%%time\nlet n = 0\nfor (;;) if (++n > 1e5) break\nn')
      expect(result).to.equal('100001')
      expect(stdout).to.match(REPORT)
      const failing = await cell('%%time\nthrow new Error("x")')
      expect(failing.error!.ename).to.equal('Error')
      expect(failing.stdout).to.match(REPORT)
    })

    it('within functions and blocks', async () => {
      const { stdout, result } = await cell('function f() {\n  %time return 4\n}\nf()')
      expect([result, stdout]).to.deep.equal(['4', ''])
      const { stdout: twice } = await cell('for (const i of [1, 2]) {\n  %time i + 1\n}')
      expect(twice.match(/Wall time/g)).to.have.length(2)
    })
  })

  describe('%timeit', () => {
    it('runs a line as often as it is told', async () => {
      const { stdout, result } = await cell('let times = 0\n%timeit -n 4 -r 3 times++\ntimes')
      expect(result).to.equal('12')
      expect(stdout).to.match(
        /^[\d.]+ \S+ ± [\d.]+ \S+ per loop \(mean ± standard deviation of 3 runs, 4 loops each\)\n$/,
      )
    })

    it('awaits', async () => {
      const { stdout } = await cell('%timeit -n 2 -r 2 await new Promise((r) => setTimeout(r, 20))')
      expect(stdout).to.match(/^[\d.]+ ms ±/)
      expect(Number.parseFloat(stdout)).to.be.within(19.5, 200)
    })

    it('finds how many loops it needs', async () => {
      const { stdout } = await cell('%timeit -r 1 Math.sqrt(2)')
      expect(stdout).to.match(/of 1 runs, [1-9][0,]+ loops each/)
    })
  })

  describe('seed', () => {
    const draw = 'Math.random()'

    it('gives a cell the same numbers again, and the one after it others', async () => {
      const first = await resultOf(`%%seed 7\n[${draw}, ${draw}]`)
      const between = await resultOf(`[${draw}, ${draw}]`)
      expect(await resultOf(`%%seed 7\n[${draw}, ${draw}]`)).to.equal(first)
      expect(between).not.to.equal(first)
      expect(await resultOf(`%%seed 8\n[${draw}, ${draw}]`)).not.to.equal(first)
    })

    it('holds from a line on, until it is off', async () => {
      const first = await resultOf(`%seed 3\n${draw}`)
      const second = await resultOf(draw)
      const inCell = await resultOf(`%%seed 3\n${draw}`)
      const third = await resultOf(draw)
      expect(inCell).to.equal(first)
      expect(await resultOf(`%seed 3\n[${draw}, ${draw}, ${draw}]`)).to.equal(
        `[ ${[first, second, third].join(', ')} ]`,
      )
      expect(await resultOf(`%seed off\n/native code/.test(String(Math.random))`)).to.equal('true')
    })

    it('is put back where the cell fails or is interrupted', async () => {
      await cell('%%seed 3\nthrow new Error("x")')
      await cell('%%timeout 0.1\n%%seed 3\nfor (;;) {}')
      expect(await resultOf('/native code/.test(String(Math.random))')).to.equal('true')
    })

    it('seeds the library and TensorFlow.js', async () => {
      for (const value of [
        '(await viz.scenes().get(0)).label',
        'tf.randomUniform([2]).dataSync()',
      ]) {
        const first = await resultOf(`%%seed 12\n${value}`)
        expect(await resultOf(`%%seed 12\n${value}`)).to.equal(first)
      }
    })
  })

  it('%engine and %%engine choose the engine', async () => {
    const name = 'viz.engine().name'
    const before = await resultOf(name)
    expect(before).to.equal("'onnx'")
    expect(await resultOf(`%%engine tensorflow plain\n${name}`)).to.equal("'tensorflow'")
    expect(await resultOf(name)).to.equal(before)
    await cell(`%%engine tensorflow plain\nthrow new Error('x')`)
    expect(await resultOf(name)).to.equal(before)
    expect(await resultOf(`%engine tensorflow plain\n${name}`)).to.equal("'tensorflow'")
    expect(await resultOf(`%engine onnx cpu\n${name}`)).to.equal(before)
  })

  describe('%%timeout', () => {
    it('ends a cell that lasts too long; variables survive', async () => {
      await cell('const kept = 1')
      for (const code of ['for (;;) {}', 'await new Promise(() => {})']) {
        const begun = performance.now()
        const { error } = await cell(`%%timeout 0.2\n${code}`)
        expect(performance.now() - begun).to.be.within(190, 5000)
        expect(error!.ename).to.equal('TimeoutError')
        expect(error!.evalue).to.include('more than 0.2 s')
        expect(await resultOf('kept')).to.equal('1')
      }
    })

    it('lets a cell be that is fast enough, and the one after it', async () => {
      expect(await resultOf('%%timeout 0.3\n5')).to.equal('5')
      expect(
        await resultOf('await new Promise((done) => setTimeout(() => done("alive"), 500))'),
      ).to.equal("'alive'")
    })
  })

  it('show text as what it is', async () => {
    const types: Record<string, string> = {
      html: 'text/html',
      markdown: 'text/markdown',
      latex: 'text/latex',
      svg: 'image/svg+xml',
      javascript: 'application/javascript',
      js: 'application/javascript',
    }
    for (const [name, type] of Object.entries(types)) {
      const text = `<b>${name}</b>\n%%html \`\${ é`
      const { bundles } = await cell(`%%${name}\n${text}`)
      expect(bundles).to.deep.equal([{ [type]: text, 'text/plain': text }])
    }
  })

  it('%%writefile writes, overwrites and appends', async () => {
    const path = join(folder, 'made here', 'a.txt')
    expect((await cell('%%writefile "made here/a.txt"\none\n')).stdout).to.equal(
      'Wrote made here/a.txt\n',
    )
    expect((await cell('%%file -a "made here/a.txt"\n`${two}`')).stdout).to.match(/^Appended to/)
    expect(await readFile(path, 'utf8')).to.equal('one\n`${two}`\n')
    expect((await cell('%%writefile "made here/a.txt"\n')).stdout).to.match(/^Overwrote/)
    expect(await readFile(path, 'utf8')).to.equal('')
  })

  it('%cd changes where paths begin, and neither imports nor tsconfig.json', async () => {
    await cell('%%writefile part.ts\nexport const part = "part"')
    expect((await cell('%cd pictures')).stdout).to.equal(`${join(folder, 'pictures')}\n`)
    expect(await resultOf('%pwd')).to.equal(`'${join(folder, 'pictures')}'`)
    expect(await resultOf('import { part } from "./part"; part')).to.equal("'part'")
    await writeFile(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "strict": true } }')
    expect(await resultOf('function f(a) {}')).to.include('(TS7006)')
    await rm(join(folder, 'tsconfig.json'))
    expect((await cell('%cd -')).stdout).to.equal(`${folder}\n`)
    expect((await cell('%cd')).stdout).to.equal(`${realpathSync(homedir())}\n`)
    expect((await cell(`%cd "${folder}"`)).stdout).to.equal(`${folder}\n`)
    expect((await cell('%cd pictuers')).error!.evalue).to.equal(
      `there is no folder 'pictuers' in ${folder}. Did you mean 'pictures'?`,
    )
  })

  it('%env shows and sets variables, and hides secrets', async () => {
    const all = await resultOf('%env')
    expect(all).to.include("FOVEA_TEST: 'open'")
    expect(all).to.include("FOVEA_TEST_TOKEN: '<hidden>'")
    expect(await resultOf('%env FOVEA_TEST')).to.equal("'open'")
    expect((await cell('%env FOVEA_TEST=a b')).stdout).to.equal('FOVEA_TEST=a b\n')
    expect(await resultOf('process.env.FOVEA_TEST')).to.equal("'a b'")
    expect((await cell('!echo "$FOVEA_TEST"')).stdout).to.equal('a b\n')
  })

  it('%who lists variables with their types, and %reset forgets them', async () => {
    expect((await cell('%reset\n%who')).stdout).to.equal('There are no variables.\n')
    await cell(`import { sep, join as glue } from 'node:path'
      interface Row { id: number }
      class Cat { lives = 9 }
      const rows: Row[] = [{ id: 1 }], tom = new Cat()
      let word: string | undefined
      function half(x: number): number { return x / 2 }`)
    const { stdout } = await cell('const mine = 1n\n%whos')
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(lines[0]).to.deep.equal(['name', 'type', 'value'])
    expect(lines).to.deep.include(['rows', 'Row[]', '[ { id: 1 } ]'])
    expect(lines).to.deep.include(['tom', 'Cat', 'Cat { lives: 9 }'])
    expect(lines).to.deep.include(['word', 'string', 'undefined'])
    expect(lines).to.deep.include(['half', '(x: number) => number', '[Function: half]'])
    expect(lines).to.deep.include(['mine', '1n', '1n'])
    expect(lines.map(([name]) => name)).to.include.members(['sep', 'glue', 'Cat'])
    expect(await resultOf('%reset\nconst fresh = typeof tom; fresh')).to.include(
      "Cannot find name 'tom'",
    )
    expect(await resultOf('tom.lives')).to.equal('9') // that cell did not run
    expect(await resultOf('%reset\nconst tom = 1; tom')).to.equal('1')
    expect(await resultOf('rows')).to.include("Cannot find name 'rows'")
  })
})
