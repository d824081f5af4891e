import { expect } from 'chai'
import { check, CheckError } from '../../src/lab/checks.js'
import { indexOf } from '../../src/lab/compare.js'
import { usualMistake } from '../../src/lab/mistakes.js'
import { toNumbers, type NumbersLike } from '../../src/lab/numbers.js'

/** What a check says, without what it prints where it passes. */
function said(run: () => void): string | undefined {
  const { log } = console
  console.log = () => {}
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof CheckError) return error.message
    throw error
  } finally {
    console.log = log
  }
}

describe('lab: checks', () => {
  it('take numbers in any form', () => {
    const tensor = { shape: [2, 1], dtype: 'float32', dataSync: () => Float32Array.of(1, 2) }
    for (const form of [[[1], [2]], tensor, { data: Float32Array.of(1, 2), shape: [2, 1] }])
      expect(said(() => check.close(form, [[1], [2]]))).to.equal(undefined)
    expect(said(() => check.close(3, 3))).to.equal(undefined)
  })

  it('say what was expected, what came, where, and how far off it is', () => {
    const message = said(() =>
      check.close(
        [
          [1, 2, 3],
          [4, 5.5, 6],
        ],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { what: 'the matrix', hint: 'look at row 1' },
      ),
    )
    expect(message).to.include('the matrix is not right')
    expect(message).to.match(/expected +5 at \[1, 1\]/)
    expect(message).to.match(/got +5\.5, where they differ most/)
    expect(message).to.include('relative error 0.0524, at most 0.0001 is allowed')
    expect(message).to.match(/hint +look at row 1/)
  })

  it('hold to their tolerance, relative or absolute', () => {
    expect(said(() => check.close([1, 1.0001], [1, 1], { tolerance: 1e-4 }))).to.equal(undefined)
    expect(said(() => check.close([1, 1.001], [1, 1], { tolerance: 1e-4 }))).to.be.a('string')
    expect(said(() => check.close([1e-9], [0], { error: 'absolute' }))).to.equal(undefined)
    expect(said(() => check.close([1e-3], [0], { error: 'absolute' }))).to.be.a('string')
  })

  it('let no NaN, no infinity and no empty answer pass', () => {
    for (const wrong of [
      [NaN, 1],
      [1, Infinity],
      [],
      undefined,
      null,
      'text',
      () => 1,
      Promise.resolve([1, 1]),
    ])
      expect(said(() => check.close(wrong, [1, 1], { tolerance: 1e9 }))).to.be.a('string')
    expect(said(() => check.close(undefined, 1, { what: 'f(1)' }))).to.include(
      "f(1) is undefined: is a 'return' missing",
    )
    expect(said(() => check.close(Promise.resolve(1), 1))).to.include("write 'await'")
    expect(
      said(() =>
        check.close(
          [[1, 2], [3]],
          [
            [1, 2],
            [3, 4],
          ],
        ),
      ),
    ).to.include('[1] has the shape [1], but')
  })

  it('compare shapes before numbers', () => {
    const message = said(() => check.close([[1, 2]], [1, 2]))
    expect(message)
      .to.match(/expected +the shape \[2\]/)
      .and.match(/got +\[1, 2\]/)
    expect(said(() => check.shape([[1], [2]], [2, 1]))).to.equal(undefined)
    expect(said(() => check.shape([[1], [2]], [1, 2]))).to.be.a('string')
  })

  it('name a known mistake by its result', () => {
    const mistakes = { 'leaving out the decay': [5, 5] }
    expect(said(() => check.close([5, 5.001], [1, 2], { mistakes }))).to.include(
      'this is what one gets by leaving out the decay.',
    )
  })

  it('compare words and conditions', () => {
    expect(said(() => check.equal([1, 'a'], [1, 'a']))).to.equal(undefined)
    expect(said(() => check.equal([1, 'a'], [1, 'b']))).to.include("[ 1, 'b' ]")
    expect(said(() => check.that('it is so', true))).to.equal(undefined)
    expect(said(() => check.that('it is so', 1 as unknown as boolean, { got: 1 }))).to.include(
      'does not hold that it is so',
    )
  })
})

describe('lab: usual mistakes', () => {
  const hint = (got: NumbersLike, expected: NumbersLike) =>
    usualMistake(toNumbers(got, 'got'), toNumbers(expected, 'expected'))
  const cases: [got: NumbersLike, expected: NumbersLike, says: string][] = [
    [[-1, 2, -3], [1, -2, 3], 'The sign is the other way round'],
    [[1, -2, 3], [1, 2, 3], 'the absolute value is missing'],
    [[1, 2, 3], [1, -2, 3], 'an absolute value too many'],
    [[1, -2, 3], [1, 0, 3], 'a rectifier, max(0, x), is missing'],
    [[1, 0, 3], [1, -2, 3], 'has taken away what is negative'],
    [[1, 2, 3], [1, 4, 9], 'A square is missing'],
    [[1, 4, 9], [1, 2, 3], 'a square too many'],
    [[2, 4, 6], [1, 2, 3], '2 times what it should be, which is 2:'],
    [[3, 6, 9], [1, 2, 3], 'which is the number of elements, 3:'],
    [[0.6, 0.8], [3, 4], 'normalised to length 1'],
    [[11, 12, 15], [1, 2, 5], 'off by the same 10'],
    [[0, 0], [1, 2], 'All zeros'],
    [[NaN, 2], [1, 2], 'NaN comes from'],
    [
      [
        [1, 3],
        [2, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      'transpose by [1, 0]',
    ],
    [
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'transpose by [1, 0]',
    ],
    [
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
      'reshape them to [2, 2]',
    ],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'reshape them to [3, 2]',
    ],
    [[1.001, 2], [1, 2], 'nearly right'],
  ]
  for (const [got, expected, says] of cases)
    it(`${JSON.stringify(got)} for ${JSON.stringify(expected)}: ${says}`, () => {
      expect(hint(got, expected)).to.include(says)
    })

  it('says nothing where nothing explains the result', () => {
    expect(hint([1, 7, 2], [3, 1, 9])).to.equal(undefined)
    expect(hint(5, 3)).to.equal(undefined)
  })

  it('knows where an element stands', () => {
    expect(indexOf(7, [2, 5])).to.deep.equal([1, 2])
    expect(indexOf(0, [])).to.deep.equal([])
  })
})
