/** Whoever stops an attack gets what it had by then. */
import { expect } from 'chai'
import { onnx } from '../../../src/engine/onnx.js'
import type { Network } from '../../../src/network/network.js'
import { boundaryPlan, walk } from '../../../src/robustness/attacks/boundary.js'
import { carliniWagnerPlan, optimise } from '../../../src/robustness/attacks/carlini-wagner.js'
import { deepFoolPlan, stepOut } from '../../../src/robustness/attacks/deepfool.js'
import { ascend } from '../../../src/robustness/attacks/fool.js'
import { estimate, nesPlan } from '../../../src/robustness/attacks/nes.js'
import { evolve, onePixelPlan } from '../../../src/robustness/attacks/one-pixel.js'
import { descend, pgdPlan } from '../../../src/robustness/attacks/pgd.js'
import { type PixelModel, pixelModel } from '../../../src/robustness/attacks/pixel-model.js'
import {
  type Found,
  type Goal,
  PIXELS,
  type Problem,
  topClasses,
} from '../../../src/robustness/attacks/problem.js'
import { chooseSignal } from '../../../src/work/index.js'
import { linearNetwork, middling } from './problems.js'

describe('an interrupted attack', () => {
  let net: Network
  let goal: Goal
  const original = middling(2)
  before(async () => {
    net = await linearNetwork(onnx)
    goal = { labels: topClasses(await pixelModel(net).scores(original)), targets: undefined }
  })
  after(() => net.release())

  /** Runs an attack that is stopped when it asks the network for so many a time. */
  async function stopped(
    questions: number,
    run: (problem: Problem) => Promise<Found>,
    aim = goal,
  ): Promise<Found> {
    const controller = new AbortController()
    const count = (): void => {
      if (--questions === 0) controller.abort()
    }
    const asked = pixelModel(net)
    const model: PixelModel = {
      net,
      scores: (...given) => (count(), asked.scores(...given)),
      gradient: (...given) => (count(), asked.gradient(...given)),
    }
    chooseSignal(controller.signal)
    try {
      return await run({ model, original, goal: aim, bounds: PIXELS })
    } finally {
      chooseSignal(undefined)
    }
  }

  /** By how much each of the two images was changed. */
  const changes = ({ perturbed }: Found): number[] =>
    [0, 1].map((i) =>
      Math.max(
        ...Array.from({ length: 90 }, (_, p) =>
          Math.abs(perturbed.data[90 * i + p]! - original.data[90 * i + p]!),
        ),
      ),
    )

  it('by PGD has the steps that it took', async () => {
    const plan = pgdPlan({ steps: 10, step: 0.001, randomStart: false, seed: 0 })
    const found = await stopped(3, (problem) => descend(problem, plan))
    expect([found.interrupted, found.queries]).deep.equal([true, [3, 3]])
    changes(found).forEach((change) => expect(change).closeTo(0.003, 1e-6))
  })

  it('by ascent has the steps that it took', async () => {
    const targets = goal.labels.map((label) => (label + 1) % 3)
    const plan = { rate: 0.001, steps: 50 }
    const found = await stopped(4, (problem) => ascend(problem, plan), { ...goal, targets })
    expect([found.interrupted, found.queries]).deep.equal([true, [2, 2]])
    changes(found).forEach((change) => expect(change).within(1e-5, 0.002 + 1e-6))
  })

  it('by DeepFool has the images that it was done with', async () => {
    const found = await stopped(3, (problem) => stepOut(problem, deepFoolPlan({})))
    expect(found.interrupted).equal(true)
    const [first, second] = changes(found)
    expect(first).above(0)
    expect(second).equal(0)
  })

  it('of Carlini and Wagner has the smallest change by then', async () => {
    const plan = carliniWagnerPlan({ steps: 100, searches: 5, weight: 10, rate: 0.05 })
    const found = await stopped(60, (problem) => optimise(problem, plan))
    expect(found.interrupted).equal(true)
    const tops = topClasses(await pixelModel(net).scores(found.perturbed))
    tops.forEach((top, i) => expect(top).not.equal(goal.labels[i]))
  })

  it('by decisions is still outside', async () => {
    const plan = boundaryPlan({ steps: 300, seed: 1 })
    const found = await stopped(150, (problem) => walk(problem, plan, undefined))
    expect(found.interrupted).equal(true)
    const [top] = topClasses(await pixelModel(net).scores(found.perturbed))
    expect(top).not.equal(goal.labels[0])
    expect(changes(found)[1]).equal(0)
  })

  it('by scores has the steps that it took', async () => {
    const plan = nesPlan({ epsilon: 0.01, step: 0.001, steps: 20, samples: 10, seed: 1 })
    const found = await stopped(4, (problem) => estimate(problem, plan))
    expect([found.interrupted, found.queries]).deep.equal([true, [22, 0]])
    expect(changes(found)[0]).within(0.001 - 1e-6, 0.002 + 1e-6)
  })

  it('by one pixel has the best candidate by then', async () => {
    const plan = onePixelPlan({ population: 10, generations: 20, seed: 1 })
    const found = await stopped(4, (problem) => evolve(problem, plan))
    expect(found.interrupted).equal(true)
    // The first image was fooled by the first candidates; the second one had two generations of children.
    expect(found.queries).deep.equal([10, 30])
    changes(found).forEach((change) => expect(change).above(0))
  })
})
