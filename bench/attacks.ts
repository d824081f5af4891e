/**
 * How often attacks succeed, and with how large a change:
 *
 *     npx tsx bench/attacks.ts                                  500 unseen scenes, the network `scenes`
 *     npx tsx bench/attacks.ts --network scenes --network scenes-robust --images 500
 *     npx tsx bench/attacks.ts --attacks pgd,DeepFool,fooling   some of the attacks
 *     npx tsx bench/attacks.ts --network squeezenet1_1 --photos FOLDER
 *     npx tsx bench/attacks.ts --attacks none --one-pixel 20    the one pixel attack on 20 pictures
 *
 * The one pixel attack takes a population of 400 for 75 generations, `--generations`; with `--pixels 1,3,5` it
 * also changes more of them. Of photographs no classes are known: what the first network takes them for counts
 * as correct.
 */
import { parseArgs } from 'node:util'
import { images } from '../datasets/images.js'
import { scenes, splits } from '../datasets/scenes/index.js'
import { unknownName } from '../src/network/names.js'
import { zooNetwork } from '../src/network/zoo/index.js'
import {
  attackReport,
  type AttackRun,
  usualAttacks,
} from '../src/robustness/attacks/attack-report.js'
import { labelledBy } from '../src/robustness/attacks/labelled.js'
import { onePixel } from '../src/robustness/attacks/one-pixel.js'
import { pgd } from '../src/robustness/attacks/pgd.js'
import { linesOfProgress } from './progress.js'

const { values } = parseArgs({
  options: {
    network: { type: 'string', multiple: true, default: ['scenes'] },
    images: { type: 'string', default: '500' },
    attacks: { type: 'string' },
    photos: { type: 'string' },
    'one-pixel': { type: 'string' },
    pixels: { type: 'string', default: '1' },
    generations: { type: 'string', default: '75' },
  },
})
linesOfProgress()
const [first, ...against] = await Promise.all(values.network.map((name) => zooNetwork(name)))
if (!first) throw new Error('name a network')
const count = Number(values.images)
const data = values.photos
  ? await labelledBy(first, await images(values.photos))
  : scenes({ ...splits.test, length: 2 * count + 100 })

const usual = usualAttacks(0)
/** By the names that `--attacks` takes, in their order. */
const all: Record<string, { title: string; run: AttackRun }> = {
  fgsm: usualNamed('FGSM'),
  pgd: usualNamed('PGD'),
  fooling: usualNamed('fooling'),
  deepfool: usualNamed('DeepFool'),
  'pgd-cross-entropy': {
    title: 'PGD of cross-entropy, 4/255',
    run: (net, images, label) => pgd(net, images, { label, steps: 20, step: 1 / 255, seed: 0 }),
  },
  'pgd-8': {
    title: 'PGD, L∞ 8/255, 20 steps',
    run: (net, images, label) =>
      pgd(net, images, {
        label,
        epsilon: 8 / 255,
        steps: 20,
        step: 2 / 255,
        loss: 'margin',
        seed: 0,
      }),
  },
}
const chosen = (values.attacks ?? Object.keys(all).join()).toLowerCase().split(',')
if (chosen.join() !== 'none') {
  const started = performance.now()
  const found = await attackReport(first, data, {
    images: count,
    against,
    attacks: Object.fromEntries(
      chosen.map((name) => {
        if (!Object.hasOwn(all, name)) throw unknownName('attack', name, Object.keys(all))
        const { title, run } = all[name]!
        return [title, run]
      }),
    ),
  })
  console.log(found.toString())
  if (chosen.includes('deepfool') && chosen.includes('fooling'))
    for (const { name } of [first, ...against]) {
      const { images, medianL2, smaller } = found.compare(
        all.deepfool!.title,
        all.fooling!.title,
        name,
      )
      console.log(
        `${name}: on the ${images} pictures about which both fooled it, the median L2 of DeepFool is ` +
          `${medianL2[0].toFixed(3)}, of fooling ${medianL2[1].toFixed(3)}; DeepFool's is the smaller on ` +
          `${(100 * smaller).toFixed(1)} %`,
      )
    }
  console.log(tookSince(started))
}

if (values['one-pixel']) {
  const started = performance.now()
  const generations = Number(values.generations)
  const report = await attackReport(first, data, {
    images: Number(values['one-pixel']),
    attacks: Object.fromEntries(
      values.pixels
        .split(',')
        .map((pixels): [string, AttackRun] => [
          `${pixels} px, 400 × ${generations}`,
          (net, images, label) =>
            onePixel(net, images, { label, pixels: Number(pixels), generations, seed: 0 }),
        ]),
    ),
  })
  console.log(report.toString())
  console.log(tookSince(started))
}

function usualNamed(start: string): { title: string; run: AttackRun } {
  const [title, run] = Object.entries(usual).find(([title]) => title.startsWith(start))!
  return { title, run }
}

function tookSince(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(0)} s`
}
