import { expect } from 'chai'
import { readAssignment } from '../../kernel/lab/assignment.js'
import { declaredIn } from '../../kernel/lab/declared.js'
import { planOf } from '../../kernel/lab/plan.js'
import { checksum, release, STUB } from '../../kernel/lab/release.js'
import { judge } from '../../kernel/lab/score.js'
import { decode, encode } from '../../kernel/lab/values.js'
import type { Cell, Output } from '../../kernel/notebook/format.js'
import type { Json } from '../../kernel/protocol.js'
import { locked, manual, notebook, plain, solution, tests } from './lab-notebook.js'

const answer = solution(
  'double',
  'function double(x: number) {\n  // BEGIN SOLUTION\n  return 2 * x\n  // END SOLUTION\n}',
)
const check = tests(
  'double-tests',
  2,
  'viz.check.equal(await double(2), 4)\n// BEGIN HIDDEN TESTS\nviz.check.equal(await double(-1), -2)\n// END HIDDEN TESTS',
)
const lab = notebook(locked('setup', 'const n = 3'), answer, check, manual('why', 1, 'because'))

describe('lab: the source', () => {
  it('knows what each cell is for', () => {
    const { cells } = readAssignment(lab, 'lab')
    expect(cells.map(({ role, points }) => [role, points])).to.deep.equal([
      ['locked', 0],
      ['solution', 0],
      ['tests', 2],
      ['manual', 1],
    ])
  })

  it('refuses what nbgrader refuses, and says where', () => {
    const cases: [Cell[], string][] = [
      [[answer], 'it has no graded cell'],
      [[check, check], "two cells have the grade_id 'double-tests'"],
      [[check, plain('// BEGIN SOLUTION\n// END SOLUTION')], 'cell 2 holds a solution, but'],
      [[check, plain('// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS')], 'cell 2 holds hidden tests'],
      [[check, solution('a', '// BEGIN SOLUTION')], "cell 2 ('a') has a 'BEGIN SOLUTION' without"],
      [[check, solution('a', '// END SOLUTION')], "('a') has an 'END SOLUTION' without"],
      [[tests('', 1, '')], 'has no grade_id'],
      [[tests('a', -1, '')], "('a') is graded, but has no number of points"],
    ]
    for (const [cells, message] of cases)
      expect(() => readAssignment(notebook(...cells), 'x.ipynb')).to.throw(message)
    const noLanguage = { ...notebook(check), metadata: {} }
    expect(() => readAssignment(noLanguage, 'x.ipynb')).to.throw("no 'language'")
  })

  it('releases stubs, as far in as the solution was, and no hidden tests', () => {
    const { cells } = release(readAssignment(lab, 'lab'))
    expect(cells[1]!.source).to.equal(
      "function double(x: number) {\n  // YOUR CODE HERE\n  throw new Error('Not implemented')\n}",
    )
    expect(cells[2]!.source).to.equal('viz.check.equal(await double(2), 4)')
    expect(cells[3]!.source).to.equal(STUB.text)
    expect(cells[2]!.metadata).to.include({ editable: false, deletable: false })
    expect(cells[1]!.metadata).to.include({ deletable: false }).and.not.have.property('editable')
  })

  it('has nbgrader’s checksums', () => {
    // hashlib.md5(b'2 + 2' b'code' b'True' b'False' b'True' b'sum' b'1.0').hexdigest()
    expect(checksum(tests('sum', 1, '2 + 2'))).to.equal('8f8b58abe6a7e77c8a9284f2100a5dfb')
  })

  it('finds the names that cells declare', () => {
    const code = `import { a, b as c } from 'x'
      function f() {}
      const g = () => 1, { h, i: [j] } = k
      class L {}`
    const found = declaredIn(code)
    expect(found.map(({ name }) => name)).to.deep.equal(['a', 'c', 'f', 'g', 'h', 'j', 'L'])
    expect(found.filter((one) => one.isFunction).map(({ name }) => name)).to.deep.equal(['f', 'g'])
  })
})

describe('lab: the plan', () => {
  const source = readAssignment(
    notebook(
      locked('setup', 'setup'),
      solution('a', 'a'),
      tests('a-tests', 1, 'tests of a'),
      solution('b', 'b'),
      tests('b-tests', 1, 'tests of b'),
    ),
    'lab',
  )
  const planned = (...cells: Cell[]) => planOf(source, cells).map(({ cell }) => cell?.source)
  const [setup, a, aTests, b, bTests] = source.notebook.cells as [Cell, Cell, Cell, Cell, Cell]
  const edited = (cell: Cell, text: string): Cell => ({ ...cell, source: text })

  it('runs tests where the source has them, with what the student has added before', () => {
    expect(planned(setup, a, plain('helper'), aTests, b, plain('more'), bTests)).to.deep.equal([
      'setup',
      'a',
      'helper',
      'tests of a',
      'b',
      'more',
      'tests of b',
    ])
  })

  it('shows tests before what the student has behind them', () => {
    const cells = [setup, a, aTests, plain('text behind'), b, bTests]
    expect(planned(...cells)).to.deep.equal([
      'setup',
      'a',
      'tests of a',
      'text behind',
      'b',
      'tests of b',
    ])
  })

  it('takes tests and locked cells from the source: edited, dropped, doubled or moved', () => {
    const right = ['setup', 'a', 'tests of a', 'b', 'tests of b']
    expect(
      planned(edited(setup, 'x'), a, edited(aTests, '1'), b, edited(bTests, '1')),
    ).to.deep.equal(right)
    expect(planned(a, b)).to.deep.equal(right)
    expect(planned(setup, setup, aTests, aTests, a, b, bTests)).to.deep.equal(right)
    expect(planned(bTests, aTests, setup, a, b)).to.deep.equal(right)
  })

  it('runs each test when all that stands before it in the source has run', () => {
    expect(planned(b, setup, a)).to.deep.equal(['b', 'setup', 'a', 'tests of a', 'tests of b'])
  })
})

describe('lab: the score, by nbgrader’s rule', () => {
  const judged = (...outputs: Output[]) => judge({ ...check, execution_count: 7, outputs }, 2)
  const result = (text: string): Output => ({
    output_type: 'execute_result',
    data: { 'text/plain': text },
    metadata: {},
  })
  const error = (line: number): Output => ({
    output_type: 'error',
    ename: 'Error',
    evalue: 'no',
    traceback: ['Error: no', `    at Cell[7].ts:${line}:1`],
  })

  it('is all points without an output that decides', () => {
    expect(judged()).to.deep.equal({ score: 2 })
    expect(judged({ output_type: 'stream', name: 'stdout', text: '✓' })).to.deep.equal({ score: 2 })
  })

  it('is none for an error and for anything on stderr', () => {
    expect(judged(error(1))).to.include({ score: 0, message: 'Error: no', hidden: false })
    expect(judged(error(3))).to.include({ score: 0, hidden: true })
    expect(judged({ output_type: 'stream', name: 'stderr', text: 'warning' }).score).to.equal(0)
  })

  it('is the number that comes out, and all points for what is no number', () => {
    expect(judged(result('0.5'))).to.deep.equal({ score: 0.5, message: '0.5 of 2 points' })
    expect(judged(result('true'))).to.deep.equal({ score: 2 })
    for (const text of ['99', '0', '-1', 'NaN'])
      expect(judged(result(text)), text).to.deep.equal({ score: 2 })
    expect(judged(result('1'), error(1)).score).to.equal(1) // the first that decides
  })
})

describe('lab: values between processes', () => {
  const tf = () => {
    throw new Error('no tensor was expected')
  }
  const over = (value: unknown) =>
    decode(JSON.parse(JSON.stringify(encode(value, 'it'))) as Json, tf)

  it('keeps numbers, texts, lists, objects and typed arrays as they are', () => {
    const value = {
      a: [1, -0, NaN, -Infinity, 'text', null, undefined, true],
      number: { variable: 'not a name' },
      data: new Float32Array([1.5, 2]),
    }
    expect(over(value)).to.deep.equal(value)
    expect(Object.is((over([-0]) as number[])[0], -0)).to.equal(true)
  })

  it('gives a result of the library as its numbers', () => {
    class Result {
      data = Float32Array.of(1)
      shape = [1]
    }
    expect(over(new Result())).to.deep.equal({ data: Float32Array.of(1), shape: [1] })
  })

  it('says what cannot be handed over', () => {
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    expect(() => encode([1, () => 1], 'it')).to.throw('it[1] is a function')
    expect(() => encode(new Map(), 'it')).to.throw('it is an instance of a class')
    expect(() => encode(cyclic, 'it')).to.throw('nested deeper')
    expect(() => encode(1n, 'it')).to.throw('it is a bigint')
  })

  it('refuses what it would not have made, and pollutes nothing', () => {
    for (const forged of [
      { type: 'Function', base64: '' },
      { type: 'Float32Array', base64: 'AAA=' },
      { object: ['a'] },
      { variable: 'secret' },
      {},
    ])
      expect(() => decode(forged, tf), JSON.stringify(forged)).to.throw(TypeError)
    decode({ object: [['__proto__', { object: [['polluted', true]] }]] }, tf)
    expect({}).not.to.have.property('polluted')
  })
})
