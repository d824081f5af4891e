import { viz } from '../../../src/index.js'
import type { Sheet } from '../sheet.js'

export const robustClasses: Sheet = {
  name: 'robust-classes',
  title: 'All classes of a robust network',
  text:
    'The same question to the embedded network `scenes-robust`, which was trained on adversarial images (Madry et al. ' +
    '2018): gradient ascent on the log-probability of each of its classes (Santurkar et al. 2019). Whether they can be ' +
    'recognised is for its plain twin to say, `scenes`, which had no part in them: the caption has its rate. ' +
    "`viz(robust).allClasses({ judge: plain, preset: 'santurkar' })`.",
  async make() {
    const [net, judge] = await Promise.all([viz.model('scenes-robust'), viz.model('scenes')])
    const sheet = await viz(net).allClasses({ judge, preset: 'santurkar', steps: 80, seed: 0 })
    console.log(`${judge.name} recognises ${(100 * sheet.rate).toFixed(1)} % of ${sheet.judged}`)
    return sheet.figure
  },
}
