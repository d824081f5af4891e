import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAssignment } from '../../kernel/lab/assignment.js'
import { feedbackPage } from '../../kernel/lab/feedback.js'
import { grade, type Grade } from '../../kernel/lab/grade.js'
import { formatNotebook, type Cell, type Notebook } from '../../kernel/notebook/format.js'
import { packageFolder } from '../../kernel/preloaded.js'
import { locked, manual, notebook, plain, solution, submit, tests } from './lab-notebook.js'

/** In the hidden tests, and nowhere else. */
const SECRET = 'sesame-4711'

/** Functions of which each can be answered honestly or not; all hidden tests stand behind all visible ones. */
const names = ['first', 'second', 'third'] as const
const lab = notebook(
  locked('setup', 'const offset = 10\nconst shared = { twice: (x: number) => 2 * x }'),
  ...names.flatMap((name) => [
    solution(name, `function ${name}(x: number): unknown {\n  return x + offset\n}`),
    tests(
      `${name}-tests`,
      2,
      `viz.check.equal(await ${name}(1), 11, { what: '${name}(1)' })
// BEGIN HIDDEN TESTS
viz.check.equal(await ${name}(5), 15, { what: '${SECRET}', hint: 'add the offset' })
// END HIDDEN TESTS`,
    ),
  ]),
  manual('why', 1, '=== BEGIN SOLUTION ===\nbecause\n=== END SOLUTION ==='),
)
const right = (name: string) => `function ${name}(x: number): unknown { return x + offset }`

describe('lab: grading', function () {
  this.timeout(120_000)
  const limits = { folder: tmpdir(), timeout: 3, memory: 700 }
  const graded = (submission: Notebook, timeout = limits.timeout) =>
    grade(readAssignment(lab, 'lab'), submission, { ...limits, timeout })
  const scores = ({ cells }: Grade) => cells.map(({ score }) => score)
  const messages = ({ cells }: Grade) => cells.map(({ message = '' }) => message)

  before(function () {
    if (!existsSync(`${packageFolder}dist/kernel/lab/respond.js`)) this.skip() // npm run build
  })

  it('gives points for what is right, and says what is not', async () => {
    const result = await graded(
      submit(lab, {
        first: 'const first = async (x: number) => { JSON.parse("{"); return x + offset }',
        second: 'function second(x: number): unknown { return x === 1 ? 11 : 0 }',
        third: '// nothing',
        why: 'As I said.',
      }),
    )
    expect(scores(result)).to.deep.equal([0, 0, 0, null])
    const [first, second, third] = messages(result)
    expect(first).to.include('first: SyntaxError: ')
    expect(second).to.include(SECRET).and.include('expected  15').and.include('got       0')
    expect(third).to.include("'third' is not defined")
    expect(result).to.include({ score: 0, maximum: 6, toGrade: 1 })

    const page = feedbackPage(lab, result, { title: 'lab · ada' })
    expect(page).to.include('lab · ada').and.include('a hidden test failed. Hint: add the offset')
    expect(page).not.to.include(SECRET).and.not.include('expected  15')
    expect(feedbackPage(lab, result, { title: 'lab', showHidden: true })).to.include(SECRET)
  })

  it('an endless loop and a crash cost their own cells alone', async () => {
    const result = await graded(
      submit(lab, {
        first: `${right('first')}\nsetTimeout(() => process.exit(0), 30_000)`,
        second: `function second(x: number): unknown {
          if (x === 1) for (;;);
          return x + offset
        }`,
        third: `function third(x: number): unknown { process.exit(0) }`,
      }),
    )
    expect(scores(result)).to.deep.equal([2, 0, 0, null])
    expect(messages(result)[1]).to.include('took longer than')
    expect(messages(result)[2]).to.include('RunnerExit')
  })

  it('a hunger for memory costs its own cell alone', async () => {
    const hungry = `const kept: Uint8Array[] = []
      function second(x: number): unknown {
        for (;;) kept.push(new Uint8Array(3e7).fill(1))
      }`
    // A busy machine takes its time to hand out so much: the limit of memory is met first only if there is time.
    const result = await graded(
      submit(lab, { first: right('first'), second: hungry, third: right('third') }),
      60,
    )
    expect(scores(result)).to.deep.equal([2, 0, 2, null])
    expect(messages(result)[1]).to.match(/memory/)
  })

  it('cells that crash or never end while they run take no other with them', async () => {
    const cells = submit(lab, {
      first: right('first'),
      second: `${right('second')}\nprocess.exit(0)`,
      third: right('third'),
    }).cells
    cells.splice(1, 0, plain('while (true) {}'), plain('process.kill(process.ppid, "SIGKILL")'))
    cells.splice(2, 0, plain('setTimeout(() => process.exit(0))'))
    const result = await graded({ ...lab, cells })
    expect(scores(result)).to.deep.equal([2, 0, 2, null])
  })

  it('a submission sees no test, and no file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fovea-source-'))
    const source = join(folder, 'source.ipynb')
    await writeFile(source, formatNotebook(lab))
    const spy = `import fs from 'node:fs'
      import { execSync } from 'node:child_process'
      import { Worker } from 'node:worker_threads'
      const attempts: Record<string, () => unknown> = {
        source: () => fs.readFileSync(${JSON.stringify(source)}, 'utf8'),
        folder: () => fs.readdirSync(${JSON.stringify(folder)}),
        repository: () => fs.readdirSync(${JSON.stringify(join(packageFolder, 'notebooks'))}),
        parent: () => fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'utf8'),
        memory: () => fs.openSync('/proc/' + process.ppid + '/mem', 'r'),
        temporary: () => fs.readdirSync(${JSON.stringify(tmpdir())}),
        write: () => fs.writeFileSync('mark.txt', 'here'),
        shell: () => execSync('cat ' + ${JSON.stringify(source)}).toString(),
        worker: () => new Worker('require("fs").readFileSync(' + JSON.stringify(${JSON.stringify(source)}) + ')', { eval: true }) && 'started',
        binding: () => (process as any).binding('fs') && 'bound',
      }
      const caught: Record<string, string> = {}
      for (const [name, attempt] of Object.entries(attempts))
        try { caught[name] = 'GOT ' + String(attempt()) } catch (error) { caught[name] = String((error as any).code) }
      function first(x: number): unknown {
        return { caught, stack: new Error().stack, argv: process.argv.join(), env: JSON.stringify(process.env) }
      }`
    const result = await graded(submit(lab, { first: spy }))
    await rm(folder, { recursive: true })
    const [message] = messages(result)
    // All that it found stands in what the check got.
    expect(message)
      .to.include("source: 'ERR_ACCESS_DENIED'")
      .and.include("shell: 'ERR_ACCESS_DENIED'")
    for (const name of ['folder', 'repository', 'parent', 'memory', 'temporary', 'write'])
      expect(message, name).to.include(`${name}: 'ERR_ACCESS_DENIED'`)
    expect(message).not.to.include(SECRET).and.not.include('source.ipynb')
  })

  it('checks cannot be redefined, and answers cannot be forged', async () => {
    const cells = submit(lab, {
      first: `
        (viz as any).check = { close() {}, equal() {}, shape() {}, that() {} }
        Math.abs = () => 0
        Array.prototype.every = () => true
        console.log = () => {}
        ;(globalThis as any).CheckError = class {}
        Object.is = () => true
        ;(JSON as any).stringify = () => '11'
        function first(x: number): unknown { return 0 }`,
      second: `
        function second(x: number): unknown {
          return { valueOf: () => 11, toString: () => '11', [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': '2' }) }
        }`,
      third: `
        ;(Promise as any).prototype.then = function () { return this }
        const third = new Proxy(() => 0, { get: () => 11, apply: () => 11 })
        process.exitCode = 0`,
    }).cells
    const forged = tests('first-tests', 99, '99')
    const result = await graded({ ...lab, cells: [forged, ...cells.map(edited), forged] })
    expect(scores(result)).to.deep.equal([0, 0, 0, null])
    expect(result.maximum).to.equal(6)
  })
})

/** Tests that pass whatever comes, worth more. */
function edited(cell: Cell): Cell {
  const mark = cell.metadata.nbgrader as { grade?: boolean; solution?: boolean } | undefined
  if (!mark?.grade || mark.solution) return cell
  return { ...cell, source: 'true', metadata: { nbgrader: { ...mark, points: 99 } } }
}
