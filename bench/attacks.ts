/**
 * How often attacks succeed, and with how large a change:
 *
 *     npx tsx bench/attacks.ts                                  500 unseen scenes, the network `scenes`
 *     npx tsx bench/attacks.ts --network scenes --network scenes-robust --images 500
 *     npx tsx bench/attacks.ts --network squeezenet1_1 --photos FOLDER
 *     npx tsx bench/attacks.ts --one-pixel 20 --generations 75  and the one pixel attack on 20 pictures
 *
 * Of photographs no classes are known: what the first network takes them for counts as correct.
 */
import { parseArgs } from 'node:util'
import { images } from '../datasets/images.js'
import { scenes, splits } from '../datasets/scenes/index.js'
import { zooNetwork } from '../src/network/zoo/index.js'
import {
  attackReport,
  type AttackRun,
  usualAttacks,
} from '../src/robustness/attacks/attack-report.js'
import { labelledBy } from '../src/robustness/attacks/labelled.js'
import { onePixel } from '../src/robustness/attacks/one-pixel.js'
import { pgd } from '../src/robustness/attacks/pgd.js'

const { values } = parseArgs({
  options: {
    network: { type: 'string', multiple: true, default: ['scenes'] },
    images: { type: 'string', default: '500' },
    photos: { type: 'string' },
    'one-pixel': { type: 'string' },
    generations: { type: 'string', default: '75' },
  },
})
const [first, ...against] = await Promise.all(values.network.map((name) => zooNetwork(name)))
if (!first) throw new Error('name a network')
const count = Number(values.images)
const data = values.photos
  ? await labelledBy(first, await images(values.photos))
  : scenes({ ...splits.test, length: 2 * count + 100 })

const pgdAt =
  (levels: number): AttackRun =>
  (net, images, label) =>
    pgd(net, images, {
      label,
      epsilon: levels / 255,
      steps: 20,
      step: levels / 1020,
      loss: 'margin',
    })
const found = await attackReport(first, data, {
  images: count,
  against,
  attacks: {
    ...usualAttacks(0),
    'PGD of cross-entropy, 4/255': (net, images, label) =>
      pgd(net, images, { label, steps: 20, step: 1 / 255 }),
    'PGD, L∞ 8/255, 20 steps': pgdAt(8),
  },
})
console.log(found.toString())

if (values['one-pixel']) {
  const generations = Number(values.generations)
  const report = await attackReport(first, data, {
    images: Number(values['one-pixel']),
    attacks: Object.fromEntries(
      [1, 3, 5].map((pixels): [string, AttackRun] => [
        `${pixels} px, 400 × ${generations}`,
        (net, images, label) => onePixel(net, images, { label, pixels, generations, seed: 0 }),
      ]),
    ),
  })
  console.log(report.toString())
}
