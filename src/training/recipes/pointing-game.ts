/** Whether an explanation looks at the object (Zhang et al. 2016, the pointing game). */
import type { Items } from '../../../datasets/dataset.js'
import type { Scene } from '../../../datasets/scenes/index.js'
import { gradcam } from '../../attribution/gradcam.js'
import { resizePlane } from '../../image/resize.js'
import type { Network } from '../../network/network.js'
import { steps } from '../../work/work.js'
import { type Estimate, wilson } from '../evaluate.js'

/**
 * How often the maximum of Grad-CAM, enlarged to the picture as in its figure, lies inside the mask of the
 * object that the score is for. A map without any evidence points nowhere: a miss.
 */
export async function pointingGame(net: Network, data: Items<Scene>): Promise<Estimate> {
  let hits = 0
  for await (const index of steps(data.length, { label: 'Pointing game', unit: 'scenes' })) {
    const { image, label, mask } = await data.get(index)
    const map = await gradcam(net, image, { target: label })
    const [, height, width] = map.shape as [number, number, number]
    const large = resizePlane(map.data, width, height, image.width, image.height)
    const highest = Math.max(...large)
    if (highest > 0 && mask[large.indexOf(highest)]) hits++
  }
  return wilson(hits, data.length)
}
