import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAssignment } from '../../kernel/lab/assignment.js'
import { release } from '../../kernel/lab/release.js'
import { readNotebook, writeNotebook } from '../../kernel/notebook/format.js'
import { packageFolder } from '../../kernel/preloaded.js'
import { locked, manual, notebook, solution, submit, tests } from './lab-notebook.js'

const cli = join(packageFolder, 'dist/kernel/cli.js')
const labs = join(packageFolder, 'notebooks/labs')

const lab = notebook(
  locked('setup', 'const factor = 2'),
  solution(
    'double',
    'function double(x: number) {\n  // BEGIN SOLUTION\n  return factor * x\n  // END SOLUTION\n}',
  ),
  solution('answer', '// BEGIN SOLUTION\nconst answer = [42]\n// END SOLUTION'),
  tests('double-tests', 2, 'viz.check.equal(await double(2), 4)'),
  tests(
    'answer-tests',
    3,
    '// BEGIN HIDDEN TESTS\nviz.check.equal(answer, [42])\n// END HIDDEN TESTS',
  ),
  manual('why', 1, 'because'),
)

function fovea(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, 'lab', ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

describe('fovea lab', function () {
  this.timeout(120_000)
  let folder: string
  let source: string

  before(async function () {
    if (!existsSync(cli)) this.skip() // npm run build
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'))
    source = join(folder, 'source', 'doubling.ipynb')
    await writeNotebook(source, lab)
  })
  after(async () => {
    if (folder) await rm(folder, { recursive: true })
  })

  it('releases the student version, and never over the source', async () => {
    const out = join(folder, 'release')
    expect((await fovea('release', source, '--out', out)).code).to.equal(0)
    const student = await readNotebook(join(out, 'doubling.ipynb'))
    expect(student.cells[1]!.source).to.include("throw new Error('Not implemented')")
    expect(JSON.stringify(student)).not.to.include('[42]').and.not.include('factor * x')
    const refused = await fovea('release', source, '--out', source)
    expect(refused.code).to.equal(2)
    expect(refused.stderr).to.include('would overwrite')
  })

  it('grades a class: scores as JSON and CSV, a page for each', async () => {
    const submitted = join(folder, 'submitted')
    const ada = submit(lab, { why: 'Since two is even.', answer: 'const answer = [41]' })
    await writeNotebook(join(submitted, 'ada', 'doubling.ipynb'), ada)
    await mkdir(join(submitted, 'bob'))
    await writeFile(join(submitted, 'bob', 'doubling.ipynb'), 'not a notebook')
    const out = join(folder, 'graded')
    const { code, stderr } = await fovea(
      'grade',
      submitted,
      '--source',
      join(folder, 'source'),
      '--out',
      out,
    )

    expect(code).to.equal(1) // bob's cannot be graded
    expect(stderr).to.include('2 of 5, 1 to be graded by hand').and.include('is not a notebook')
    const scores = JSON.parse(await readFile(join(out, 'scores.json'), 'utf8')) as Record<
      string,
      unknown
    >[]
    expect(scores[0]).to.deep.include({
      student: 'ada',
      lab: 'doubling',
      score: 2,
      toGrade: 1,
      points: 6,
    })
    expect(scores[0]).to.have.nested.property('cells[1].message').that.includes('[ 42 ]')
    expect(scores[1]).to.deep.include({ student: 'bob', score: 0 }).and.have.property('problem')
    expect(await readFile(join(out, 'scores.csv'), 'utf8')).to.include(
      'ada,doubling,double-tests,2,2,\r\n',
    )
    const page = await readFile(join(out, 'feedback', 'ada', 'doubling.html'), 'utf8')
    expect(page)
      .to.include('2 of 5 points')
      .and.include('a hidden test failed')
      .and.not.include('[ 42 ]')
  })

  it('verify says what is wrong with a source, and nothing else', async () => {
    const bad = join(folder, 'bad.ipynb')
    const answers = { 'answer-tests': 'console.warn("careful")\nviz.check.equal(answer, [43])' }
    await writeNotebook(bad, submit(lab, answers))
    const { code, stderr } = await fovea('verify', bad)
    expect(code).to.equal(1)
    expect(stderr).to.include("source: 'answer-tests' fails: CheckError")
    expect(stderr).to.include("source: 'answer-tests' writes to stderr")
    expect(stderr).to.include("solution: 'answer-tests' has 0 of 3 points")
    expect(stderr).not.to.include("'double-tests'").and.not.include("'setup'")
  })

  it('says what it needs', async () => {
    const cases: [string[], string][] = [
      [[], 'release, grade or verify was expected'],
      [['relase', 'x'], "did you mean 'fovea lab release'?"],
      [['release', source], '--out is missing'],
      [['grade', source, '--out', folder], '--source is missing'],
      [
        ['grade', source, '--source', source, '--out', folder, '-t', 'x'],
        '--timeout x: a number of seconds',
      ],
      [['verify', join(folder, 'sorce', 'x.ipynb')], 'there is no file'],
    ]
    for (const [args, message] of cases) {
      const { code, stderr } = await fovea(...args)
      expect(stderr).to.include(message)
      expect(code).to.equal(2)
    }
  })
})

describe('the labs of the course', () => {
  it('are assignments whose student versions hold no solution, and whose cells have no outputs', async () => {
    const names = (await readdir(labs)).filter((name) => name.endsWith('.ipynb'))
    expect(names).to.have.length.at.least(6)
    for (const name of names) {
      const assignment = readAssignment(await readNotebook(join(labs, name)), name)
      for (const { cell } of assignment.cells)
        if (cell.cell_type === 'code') expect(cell.outputs, name).to.deep.equal([])
      const student = release(assignment)
      expect(JSON.stringify(student), name).not.to.match(/SOLUTION|HIDDEN/)
      const graded = assignment.cells.filter(({ role }) => role === 'tests')
      expect(graded.length, name).to.be.at.least(2)
      for (const { cell } of graded) expect(cell.source, name).to.include('BEGIN HIDDEN TESTS')
    }
  })

  it('come with nbgrader’s configuration for this language, with the same stub', async () => {
    const config = await readFile(join(labs, 'nbgrader_config.py'), 'utf8')
    expect(config).to.include(
      `"typescript": "// YOUR CODE HERE\\nthrow new Error('Not implemented')"`,
    )
  })
})
