/**
 * Every backward rule against central differences of the forward operator: a slow twin written from the
 * definition of the derivative alone.
 */
import { expect } from 'chai'
import type { Engine } from '../../src/engine/engine.js'
import { Random } from '../../src/image/random.js'
import { onEveryEngine } from '../engines.js'
import { type Case, cases, settingOf, titleOf, weightsOf } from './cases.js'

onEveryEngine('backward rules equal central differences', (engine) => {
  for (const test of cases) it(titleOf(test), () => check(test, engine))
})

async function check(test: Case, engine: Engine): Promise<void> {
  const { forward, backward, inputs, outputs, gradients, feeds } = settingOf(test)
  const [low, high] = test.range ?? [-1, 1]
  const random = new Random(9)
  const program = await engine.compile(forward)
  const values = await program.run(feeds)
  const weights = weightsOf(outputs.map((output) => values[output]!))
  const differentiated = await engine.compile(backward)
  const actual = await differentiated.run({ ...feeds, ...weights })

  const functional = async (): Promise<number> => {
    const values = await program.run(feeds)
    return outputs.reduce(
      (sum, output, i) =>
        (weights[`w${i}`]!.data as Float32Array).reduce(
          (s, w, k) => s + w * Number(values[output]!.data[k]),
          sum,
        ),
      0,
    )
  }
  for (const [i, name] of inputs.entries()) {
    const data = feeds[name]!.data as Float32Array
    const computed = actual[gradients[i]!]!.data as Float32Array
    expect(actual[gradients[i]!]!.shape).deep.equal(test.inputs[i])
    const step = 1e-3 * (high - low)
    const samples = random.permutation(data.length).slice(0, 12)
    for (const at of samples) {
      const value = data[at]!
      data[at] = value + step
      const above = await functional()
      data[at] = value - step
      const below = await functional()
      data[at] = value
      const expected = (above - below) / (2 * step)
      expect(computed[at], `${name}[${at}]`).closeTo(expected, 3e-3 * (1 + Math.abs(expected)))
    }
  }
  await program.release()
  await differentiated.release()
}
