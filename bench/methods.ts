/** The methods themselves, as a user calls them, beside Captum's. */
import { gradcam } from '../src/attribution/gradcam.js'
import { guided } from '../src/attribution/guided.js'
import { integratedGradients } from '../src/attribution/integrated-gradients.js'
import { occlusion } from '../src/attribution/occlusion.js'
import { saliency } from '../src/attribution/saliency.js'
import type { Tensor } from '../src/engine/tensor.js'
import { Image } from '../src/image/image.js'
import { Random } from '../src/image/random.js'
import type { Network } from '../src/network/network.js'
import { classScore } from '../src/objectives/scores.js'
import { pixels } from '../src/optimise/images/pixels.js'
import { optimise } from '../src/optimise/optimise.js'
import { ascent } from '../src/optimise/optimisers/ascent.js'
import { styleTransfer } from '../src/texture/style-transfer.js'
import {
  compare,
  ms,
  network,
  type NetworkName,
  normalInput,
  ratio,
  type Setting,
  table,
  time,
} from './measure.js'
import type { Task } from './peer.js'

const target = 5
const STEPS = 100
type Method = (net: Network, image: Tensor) => Promise<unknown>

/** SqueezeNet's alone: the constants of the course are for its layers. */
const STYLE = 'Style transfer of CS231n, 200 steps at 192 px'

const methods: Record<string, [Exclude<Task, 'forward' | 'gradient'>, Method]> = {
  Saliency: ['saliency', (net, image) => saliency(net, image, { target })],
  GuidedBackprop: ['guided', (net, image) => guided(net, image, { target })],
  LayerGradCam: ['gradcam', (net, image) => gradcam(net, image, { target })],
  'IntegratedGradients, 50 steps': [
    'integrated',
    (net, image) => integratedGradients(net, image, { target, steps: 50 }),
  ],
  'Occlusion, 169 windows': [
    'occlusion',
    (net, image) => occlusion(net, image, { target, window: 32, stride: 16 }),
  ],
  '100 steps of gradient ascent': ['ascent', ascend],
  [STYLE]: ['style', paint],
}

/** From pictures to a picture, as a user calls it. */
function paint(net: Network): Promise<unknown> {
  const random = new Random(3)
  const picture = (): Image =>
    new Image(
      256,
      192,
      Float32Array.from({ length: 3 * 256 * 192 }, () => random.uniform()),
    )
  return styleTransfer(net, picture(), picture(), { preset: 'cs231n' })
}

/** x ← x + 0.1 ∂S/∂x, without priors. */
function ascend(net: Network, image: Tensor): Promise<Tensor> {
  return optimise(net, {
    of: classScore(target),
    steps: STEPS,
    start: image,
    image: pixels({ range: 'free' }),
    optimiser: ascent({ rate: 0.1 }),
  })
}

/** In turns with the same number of gradients, so that what else the machine does falls on both: best of each. */
async function excessOfAscent(net: Network, image: Tensor): Promise<string> {
  const gradients = async (): Promise<void> => {
    for (let i = 0; i < STEPS; i++) await net.gradient(image, { of: classScore(target) })
  }
  const [steps, bare]: number[][] = [[], []]
  for (let round = 0; round < 6; round++) {
    bare!.push(await time(gradients))
    steps!.push(await time(() => ascend(net, image)))
  }
  return `${((Math.min(...steps!) / Math.min(...bare!) - 1) * 100).toFixed(1)} %`
}

export async function methodsSection({ peer }: Setting): Promise<string> {
  const rows: string[][] = []
  const steps: string[] = []
  for (const name of ['squeezenet1_1', 'resnet18'] satisfies NetworkName[]) {
    const net = await network(name)
    const image = normalInput(1)
    for (const [title, [task, method]] of Object.entries(methods)) {
      if (title === STYLE && name !== 'squeezenet1_1') continue
      const quick = task === 'saliency' || task === 'guided' || task === 'gradcam'
      const repeats = { repeats: quick ? 5 : 1 }
      const compared = await compare(() => method(net, image), peer, task, name, repeats)
      rows.push([name, title, ms(compared.ours), ms(compared.theirs), ratio(compared)])
      console.log(rows.at(-1)!.join('  '))
      if (task !== 'ascent') continue
      steps.push(`${name} ${await excessOfAscent(net, image)}`)
    }
    await net.release()
  }
  return [
    `224×224 where nothing else is said, batch 1, as in the table above; beside ${peer?.version ?? 'nothing: no PyTorch here'}. ` +
      `What ${STEPS} steps of ascent cost more than as many times forward + gradient: ${steps.join(', ')}.`,
    '',
    table(['network', 'method', 'Fovea ms', 'PyTorch ms', 'ratio'], rows),
  ].join('\n')
}
