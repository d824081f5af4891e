/** What is measured of an embedded network: accuracy, where it looks, and its first filters. */
import { plantedBias, type Scene, scenes, splits } from '../../../datasets/scenes/index.js'
import type { Dataset } from '../../../datasets/dataset.js'
import type { Network } from '../../network/network.js'
import { type Estimate, evaluate, type Evaluation } from '../evaluate.js'
import { type FilterCounts, firstFilters } from './filters.js'
import { pointingGame } from './pointing-game.js'
import { type RecipeName, recipeOf } from './recipes.js'

/** Images of each test of accuracy. */
const TESTED = 4000
/** Images on which Grad-CAM plays. */
const POINTED = 500

export interface Tests {
  unseen: Evaluation
  heldOut: Evaluation
  /** The recipe's own, by what they show. */
  further: Record<string, Evaluation>
  /** How often the maximum of Grad-CAM lies in the object. */
  pointing: Record<string, Estimate>
  filters: FilterCounts
}

/** Runs all tests. */
export async function testNetwork(name: RecipeName, net: Network): Promise<Tests> {
  const { scenes: special, tests = {} } = recipeOf(name)
  const own = { ...special, length: TESTED }
  const further: Record<string, Evaluation> = {}
  for (const [title, options] of Object.entries(tests))
    further[title] = await evaluate(net, scenes({ ...options, length: TESTED }), { label: title })
  const unseen = scenes({ ...splits.test, ...own })
  return {
    unseen: await evaluate(net, unseen, { label: 'Unseen scenes' }),
    heldOut: await evaluate(net, scenes({ ...splits.heldOut, ...own }), {
      label: 'Held-out style',
    }),
    further,
    pointing: await pointings(name, net, unseen),
    filters: await firstFilters(net, unseen),
  }
}

async function pointings(
  name: RecipeName,
  net: Network,
  data: Dataset<Scene, unknown>,
): Promise<Record<string, Estimate>> {
  const all = { 'all classes': await pointingGame(net, data.take(POINTED)) }
  if (name !== 'scenes-biased') return all
  const { classes, ...options } = recipeOf(name).scenes ?? {}
  const pair = scenes({ ...splits.test, ...options, classes, length: 40 * POINTED }).filter(
    ({ className }) => (plantedBias.pair as readonly string[]).includes(className),
  )
  return { ...all, 'wolves and foxes': await pointingGame(net, pair.take(POINTED)) }
}

/** The tests in a few lines. */
export function report(
  name: string,
  { unseen, heldOut, further, pointing, filters }: Tests,
): string {
  const lines = [
    ['unseen scenes', `${interval(unseen.accuracy)} top-1`],
    ['held-out style', `${interval(heldOut.accuracy)} top-1`],
    ...Object.entries(further).map(([title, { accuracy }]) => [
      title,
      `${interval(accuracy)} top-1`,
    ]),
    ...Object.entries(pointing).map(([title, share]) => [
      `Grad-CAM in the object, ${title}`,
      interval(share),
    ]),
    ['first filters', `${filters.count}, of which ${filters.dead} dead and ${filters.noisy} noisy`],
  ] as [string, string][]
  const width = Math.max(...lines.map(([title]) => title.length))
  return [name, ...lines.map(([title, value]) => `  ${title.padEnd(width)}  ${value}`)].join('\n')
}

/** `95.7 % (95.0 … 96.3)`: with its 95 % interval. */
export function interval({ share, low, high }: Estimate): string {
  const percent = (value: number): string => (100 * value).toFixed(1)
  return `${percent(share)} % (${percent(low)} … ${percent(high)})`
}
