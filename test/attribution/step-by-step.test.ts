import { expect } from 'chai'
import { reluRules } from '../../src/attribution/step-by-step/relu-rules.js'
import { transposeSteps } from '../../src/attribution/step-by-step/transpose.js'
import { unpoolingSteps } from '../../src/attribution/step-by-step/unpooling.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'

onEveryEngine('step by step', (engine) => {
  it('a signal passes a rectifier by three rules', async () => {
    const { numbers, parts } = await reluRules({ engine })
    const { input, output, signal, plain, deconvnet, guided } = numbers
    expect(input).length(4)
    input!.forEach((line, y) =>
      line.forEach((f, x) => {
        const r = signal![y]![x]!
        expect(output![y]![x]).equal(Math.max(0, f))
        expect(plain![y]![x]).equal(f > 0 ? r : 0)
        expect(deconvnet![y]![x]).equal(r > 0 ? r : 0)
        expect(guided![y]![x]).equal(f > 0 && r > 0 ? r : 0)
      }),
    )
    // The default shows each of the four cases.
    const cases = new Set(
      input!.flatMap((line, y) => line.map((f, x) => `${f > 0}${signal![y]![x]! > 0}`)),
    )
    expect(cases.size).equal(4)
    expect(parts.text).contains('4a. Backpropagation').contains('4c. Guided')
  })

  it('the example of the paper', async () => {
    const { numbers } = await reluRules({
      engine,
      input: [
        [1, -1, 5],
        [2, -5, -7],
        [-3, 2, 4],
      ],
      signal: [
        [-2, 3, -1],
        [6, -3, 1],
        [2, -1, 3],
      ],
    })
    expect(numbers.plain).deep.equal([
      [-2, 0, -1],
      [6, 0, 0],
      [0, -1, 3],
    ])
    expect(numbers.deconvnet).deep.equal([
      [0, 3, 0],
      [6, 0, 1],
      [2, 0, 3],
    ])
    expect(numbers.guided).deep.equal([
      [0, 0, 0],
      [6, 0, 0],
      [0, 0, 3],
    ])
  })

  it('unpooling puts values back where the maxima were', async () => {
    const { numbers, parts } = await unpoolingSteps({ engine })
    expect(numbers.pooled).deep.equal([
      [5, 7],
      [6, 4],
    ])
    expect(numbers.switches).deep.equal([
      [4, 7],
      [12, 10],
    ])
    expect(numbers.added).deep.equal([
      [0, 0, 0, 0],
      [1, 0, 0, 2],
      [0, 0, 4, 0],
      [3, 0, 0, 0],
    ])
    expect(numbers.overwritten).deep.equal(numbers.added)
    expect(parts.text).contains('3. Switches: 1, 0 1, 3 / 3, 0 2, 2')
  })

  it('where windows overlap, the gradient adds and unpooling overwrites', async () => {
    const { numbers } = await unpoolingSteps({ kernel: 3, stride: 2, engine })
    expect(numbers.pooled).deep.equal([
      [8, 8],
      [6, 9],
    ])
    // The two upper windows share the 8: 1 + 2, or the 2 alone.
    expect(numbers.added![1]).deep.equal([0, 0, 3, 0, 0])
    expect(numbers.overwritten![1]).deep.equal([0, 0, 2, 0, 0])
    for (const back of [numbers.added!, numbers.overwritten!]) {
      expect(back[3]![0]).equal(3)
      expect(back[4]![3]).equal(4)
    }
  })

  it('what comes back through a convolution is Cᵀ times the signal, and a convolution with the kernel rotated', async () => {
    const { numbers } = await transposeSteps({ engine })
    const { input, kernel, output, signal, rotated, back, matrix } = numbers as Record<
      string,
      number[][]
    >
    expect([matrix!.length, matrix![0]!.length]).deep.equal([49, 25])
    const flat = (table: number[][]) => table.flat()
    const [x, y] = [flat(input!), flat(signal!)]
    const product = matrix!.map((line) => line.reduce((sum, c, i) => sum + c * x[i]!, 0))
    flat(output!).forEach((value, o) => expect(value).closeTo(product[o]!, 1e-5))
    const transposed = x.map((_, i) => matrix!.reduce((sum, line, o) => sum + line[i]! * y[o]!, 0))
    flat(back!).forEach((value, i) => expect(value).closeTo(transposed[i]!, 1e-5))

    expect(rotated).deep.equal([...kernel!].reverse().map((line) => [...line].reverse()))
    for (let row = 0; row < 5; row++)
      for (let column = 0; column < 5; column++) {
        let sum = 0
        for (let a = 0; a < 3; a++)
          for (let b = 0; b < 3; b++) sum += rotated![a]![b]! * signal![row + a]![column + b]!
        expect(back![row]![column]).closeTo(sum, 1e-5)
      }
    // Each input feeds 3×3 outputs, less those where the kernel is 0.
    const weights = flat(kernel!).filter((w) => w !== 0).length
    for (let i = 0; i < 25; i++) expect(matrix!.filter((line) => line[i] !== 0)).length(weights)
  })

  it('refuse tables that are none, or of the wrong size', async () => {
    const message = async (promise: Promise<unknown>) => {
      const error = await rejection(promise)
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message(reluRules({ input: [[1, 2], [3]] }))).contains('rows equally long')
    expect(await message(reluRules({ input: [[1, 2]] }))).contains(
      'the signal has 1×2 numbers here, not 4×4',
    )
    expect(await message(reluRules({ input: [[NaN]], signal: [[1]] }))).contains('finite numbers')
    expect(await message(unpoolingSteps({ input: [[1]] }))).contains('2×2 does not fit into 1×1')
    expect(await message(unpoolingSteps({ signal: [[1]] }))).contains('not 1×1')
    expect(await message(unpoolingSteps({ stride: 0 }))).contains('not 0')
    expect(await message(transposeSteps({ kernel: [[1, 2]] }))).contains('an odd side, not 1×2')
    expect(
      await message(
        transposeSteps({
          follow: [
            [0, 0],
            [5, 1],
          ],
        }),
      ),
    ).contains('no pixel [5, 1]')
  })
})
