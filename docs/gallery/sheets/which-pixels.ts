import { reduceChannels } from '../../../src/attribution/channels.js'
import { type Image, type ImageView, outlined, type Result, viz } from '../../../src/index.js'
import {
  colourPanel,
  contactSheet,
  mapPanel,
  overPanel,
  type Panel,
  type Row,
} from '../contact-sheet.js'
import type { Sheet } from '../sheet.js'

interface Method {
  title: string
  note: string
  panel: (view: ImageView, seen: Image) => Promise<Panel>
}

const shown =
  (make: (view: ImageView) => Promise<Result>, draw: (map: Result, seen: Image) => Image) =>
  async (view: ImageView, seen: Image): Promise<Panel> => ({ image: draw(await make(view), seen) })

const sequential = (map: Result): Image => mapPanel(map, 'sequential')
const over = (map: Result, seen: Image): Image => overPanel(seen, map)

const methods: readonly Method[] = [
  {
    title: 'Saliency',
    note: 'max |gradient|, Simonyan 2014',
    panel: shown((view) => view.saliency(), sequential),
  },
  {
    title: 'Saliency',
    note: 'Σ |gradient| over channels',
    panel: shown((view) => view.saliency({ channels: 'sum' }), sequential),
  },
  {
    title: 'Saliency',
    note: 'signed: red where brighter raises the score',
    panel: shown(
      (view) => view.saliency({ channels: 'signed' }),
      (map) => mapPanel(map, 'diverging'),
    ),
  },
  {
    title: 'SmoothGrad',
    note: '25 noisy copies, Smilkov 2017',
    panel: shown(
      (view) => view.smoothGrad({ samples: 25 }),
      (map) => mapPanel(reduceChannels(map, 'max'), 'sequential'),
    ),
  },
  {
    title: 'Input × gradient',
    note: 'Shrikumar 2016',
    panel: shown(
      (view) => view.inputTimesGradient(),
      (map) => mapPanel(reduceChannels(map, 'signed'), 'diverging'),
    ),
  },
  {
    title: 'Integrated gradients',
    note: 'from black, Sundararajan 2017',
    panel: shown(
      (view) => view.integratedGradients({ baseline: 'black', steps: 32 }),
      (map) => mapPanel(reduceChannels(map, 'signed'), 'diverging'),
    ),
  },
  {
    title: 'Guided backprop',
    note: 'Springenberg 2015',
    panel: shown((view) => view.guided(), colourPanel),
  },
  {
    title: 'DeconvNet',
    note: 'Zeiler & Fergus 2014',
    panel: shown((view) => view.deconvnet(), colourPanel),
  },
  {
    title: 'Grad-CAM',
    note: 'Selvaraju 2017',
    panel: shown((view) => view.gradcam(), over),
  },
  {
    title: 'Guided Grad-CAM',
    note: 'Selvaraju 2017',
    panel: shown((view) => view.guidedGradcam(), colourPanel),
  },
  {
    title: 'Occlusion',
    note: 'red: the score falls where covered; Zeiler & Fergus 2014',
    panel: shown(
      (view) => view.occlusion(),
      (map, seen) => overPanel(seen, map, 'diverging'),
    ),
  },
  {
    title: 'Segmentation',
    note: 'GrabCut from SmoothGrad, blurred by 4 pixels; Simonyan 2014, Rother 2004',
    panel: async (view, seen) => {
      const { mask } = await view.segment({ from: 'smoothGrad', blur: 4 })
      return { image: outlined(seen, [{ mask, color: [1, 0.85, 0.1] }], { least: 1 }) }
    },
  },
]

export const whichPixels: Sheet = {
  name: 'which-pixels',
  title: 'Which pixels matter?',
  text:
    'Every method, on the class that the network puts first. Each panel has colours of its own, which end at the 99.5th ' +
    'percentile (red and blue ones at the 97th). `viz(net).on(photo).saliency()` and its like make one panel with its scale; ' +
    '`viz(net).trust(data)` says which of them can be believed.',
  async make({ net, photos }) {
    const views = photos.map(({ image }) => ({ view: viz(net).on(image), seen: net.view(image) }))
    const first: Panel[] = []
    for (const { view, seen } of views) {
      const top = (await view.predict()).top(3)
      const lines = top.map(({ name, probability }) => `${Math.round(100 * probability)}% ${name}`)
      first.push({ image: seen, lines })
    }
    const rows: Row[] = [{ title: 'Photo', note: 'and what it is taken for', panels: first }]
    for (const { title, note, panel } of methods) {
      const panels: Panel[] = []
      for (const { view, seen } of views) panels.push(await panel(view, seen))
      rows.push({ title, note, panels })
    }
    return contactSheet(`${net.name}: which pixels matter?`, rows)
  },
}
