/** The methods themselves, as a user calls them, beside Captum's. */
import { gradcam } from '../src/attribution/gradcam.js'
import { guided } from '../src/attribution/guided.js'
import { integratedGradients } from '../src/attribution/integrated-gradients.js'
import { occlusion } from '../src/attribution/occlusion.js'
import { saliency } from '../src/attribution/saliency.js'
import type { Tensor } from '../src/engine/tensor.js'
import type { Network } from '../src/network/network.js'
import { classScore } from '../src/objectives/scores.js'
import {
  compare,
  ms,
  network,
  type NetworkName,
  normalInput,
  ratio,
  type Setting,
  table,
} from './measure.js'
import type { Task } from './peer.js'

const target = 5
type Method = (net: Network, image: Tensor) => Promise<unknown>

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
}

/** x ← x + 0.1 ∂S/∂x, without priors. */
async function ascend(net: Network, image: Tensor): Promise<Tensor> {
  const x = { data: image.data.slice(), shape: image.shape }
  for (let step = 0; step < 100; step++) {
    const { data } = await net.gradient(x, { of: classScore(target) })
    for (let i = 0; i < data.length; i++) x.data[i]! += 0.1 * data[i]!
  }
  return x
}

export async function methodsSection({ peer }: Setting): Promise<string> {
  const rows: string[][] = []
  const steps: string[] = []
  for (const name of ['squeezenet1_1', 'resnet18'] satisfies NetworkName[]) {
    const net = await network(name)
    const image = normalInput(1)
    for (const [title, [task, method]] of Object.entries(methods)) {
      const quick = task === 'saliency' || task === 'guided' || task === 'gradcam'
      const repeats = { repeats: quick ? 5 : 1 }
      const compared = await compare(() => method(net, image), peer, task, name, repeats)
      rows.push([name, title, ms(compared.ours), ms(compared.theirs), ratio(compared)])
      console.log(rows.at(-1)!.join('  '))
      if (task !== 'ascent') continue
      const gradient = (): Promise<unknown> => net.gradient(image, { of: classScore(target) })
      const single = await compare(gradient, undefined, 'gradient', name, { repeats: 20 })
      const iteration = Math.min(...compared.ours) / 100
      const excess = (iteration / Math.min(...single.ours) - 1) * 100
      steps.push(`${name} ${excess.toFixed(1)} %`)
    }
    await net.release()
  }
  return [
    `224×224, batch 1, as in the table above; beside ${peer?.version ?? 'nothing: no PyTorch here'}. ` +
      `What an iteration of ascent costs more than forward + gradient: ${steps.join(', ')}.`,
    '',
    table(['network', 'method', 'Fovea ms', 'PyTorch ms', 'ratio'], rows),
  ].join('\n')
}
