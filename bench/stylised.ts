/**
 * What stylised augmentation does to shape bias: a network is trained on, once on plain scenes and once on scenes of
 * which a share has another class's texture, with the same seeds, order and number of steps.
 *
 *     npx tsx bench/stylised.ts [network=scenes] [steps=100] [share=0.5]
 */
import { scenes, splits } from '../datasets/scenes/index.js'
import { zooNetwork } from '../src/network/zoo/index.js'
import { shapeTexture } from '../src/robustness/shape-texture.js'
import { stylisedScenes } from '../src/robustness/stylised.js'
import { evaluate } from '../src/training/evaluate.js'
import { train } from '../src/training/train.js'

const [name = 'scenes', steps = '100', share = '0.5'] = process.argv.slice(2)
const BATCH = 64
const net = await zooNetwork(name)
const conflicts = scenes({ ...splits.test, conflict: true, length: 1000 })
const tests = {
  'unseen scenes': scenes({ ...splits.test, length: 1000 }),
  'held-out style': scenes({ ...splits.heldOut, length: 1000 }),
}
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`

async function report(label: string, network: typeof net): Promise<void> {
  const { networks } = await shapeTexture([network], conflicts, { images: 1000 })
  const { shape, texture, neither, bias } = networks[0]!
  const accuracies: string[] = []
  for (const [title, data] of Object.entries(tests))
    accuracies.push(`${title} ${percent((await evaluate(network, data)).accuracy.share)}`)
  console.log(
    `${label}: shape bias ${percent(bias.share)} (${percent(bias.low)} … ${percent(bias.high)}; shape ${shape}, ` +
      `texture ${texture}, neither ${neither}); ${accuracies.join(', ')}`,
  )
}

await report(`${name} as it is`, net)
for (const part of [0, Number(share)]) {
  const data = stylisedScenes({
    ...splits.train,
    seed: 11,
    length: BATCH * Number(steps),
    share: part,
  })
  const { network } = await train(net, data, { batch: BATCH, rate: 5e-4, seed: 1 })
  await report(`${steps} steps of ${BATCH}, share ${part}`, network)
}
