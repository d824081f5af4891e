import { viz } from '../../../src/index.js'
import type { Sheet } from '../sheet.js'

export const robustClasses: Sheet = {
  name: 'robust-classes',
  title: 'All classes of a robust network',
  text:
    'The same question to the embedded network `scenes-robust`, which was trained on adversarial images (Madry et al. ' +
    '2018): gradient ascent on the log-probability of each of its classes (Santurkar et al. 2019). Whether they can be ' +
    'recognised is for another network to say, `scenes-residual`, which had no part in them: the caption has its rate. ' +
    "(The network's plain twin, `scenes`, with whose weights its training began, recognises 71 of 72.) " +
    "`viz(robust).allClasses({ judge: residual, preset: 'santurkar', contrast: 'scaled' })`.",
  async make() {
    const [net, judge] = await Promise.all([
      viz.model('scenes-robust'),
      viz.model('scenes-residual'),
    ])
    const sheet = await viz(net).allClasses({
      judge,
      ...{ preset: 'santurkar', steps: 80, contrast: 'scaled', seed: 0 },
    })
    console.log(`${judge.name} recognises ${(100 * sheet.rate).toFixed(1)} % of ${sheet.judged}`)
    return sheet.figure
  },
}
