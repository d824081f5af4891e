import { expect } from 'chai'
import { type Evaluated, lbfgs, minimise } from '../../src/optimise/optimisers/lbfgs.js'

async function run(
  f: (x: Float32Array) => [value: number, gradient: number[]],
  from: number[],
  most: number,
): Promise<{ points: Evaluated[]; evaluations: number }> {
  let evaluations = 0
  const evaluate = async (point: Float32Array): Promise<Evaluated> => {
    evaluations++
    const [value, gradient] = f(point)
    return { point, value, gradient: Float32Array.from(gradient) }
  }
  const points = [await evaluate(Float32Array.from(from))]
  for await (const next of minimise(evaluate, points[0]!, lbfgs())) {
    points.push(next)
    if (points.length > most) break
  }
  return { points, evaluations }
}

describe('L-BFGS', () => {
  it('finds the minimum of a quadratic of 20 dimensions and condition 1000', async () => {
    const curvatures = Array.from({ length: 20 }, (_, i) => 1000 ** (i / 19))
    const { points } = await run(
      (x) => [
        curvatures.reduce((sum, c, i) => sum + 0.5 * c * (x[i]! - i) ** 2, 0),
        curvatures.map((c, i) => c * (x[i]! - i)),
      ],
      new Array<number>(20).fill(-3),
      120,
    )
    points.at(-1)!.point.forEach((value, i) => expect(value).closeTo(i, 2e-3))
  })

  it("finds the bottom of Rosenbrock's valley, downhill all the way", async () => {
    const { points, evaluations } = await run(
      ([x, y]) => [
        (1 - x!) ** 2 + 100 * (y! - x! * x!) ** 2,
        [-2 * (1 - x!) - 400 * x! * (y! - x! * x!), 200 * (y! - x! * x!)],
      ],
      [-1.2, 1],
      100,
    )
    const { point } = points.at(-1)!
    expect(point[0]).closeTo(1, 1e-3)
    expect(point[1]).closeTo(1, 2e-3)
    points.slice(1).forEach(({ value }, i) => expect(value).below(points[i]!.value))
    expect(evaluations).below(120)
  })

  it('ends by itself at a minimum', async () => {
    const { points } = await run(([x]) => [x! * x!, [2 * x!]], [0], 10)
    expect(points).length(1)
  })

  it('refuses settings that there cannot be', () => {
    expect(() => lbfgs({ memory: 0 })).throw(RangeError, 'memory is a whole number')
    expect(() => lbfgs({ decrease: 0.95 })).throw(RangeError, 'decrease < curvature')
  })
})
