import { type Inversion, viz } from '../../../src/index.js'
import { byDepth } from '../by-depth.js'
import { contactSheet, type Row } from '../contact-sheet.js'
import type { Sheet } from '../sheet.js'

/** Depths, from the first feature maps to the last. */
const LAYERS = 5

const STEPS = 60

export const inversion: Sheet = {
  name: 'inversion',
  title: 'What does a layer still know?',
  text:
    'Feature inversion: for each photo and layer a picture that the layer can hardly tell from the photo (Mahendran & ' +
    `Vedaldi 2015), after ${STEPS} steps from noise; below it the PSNR to the photo, and how far its features are from the ` +
    "photo's. `viz(net).on(photo).invert([…])`.",
  async make({ net, photos }) {
    const layers = byDepth(
      net,
      Array.from({ length: LAYERS }, (_, i) => i / (LAYERS - 1)),
    )
    const made: Inversion[] = []
    for (const { image } of photos)
      made.push(
        await viz(net)
          .on(image)
          .invert(
            layers.map(({ name }) => name),
            { steps: STEPS },
          ),
      )
    const rows: Row[] = layers.map(({ name, shape }, depth) => ({
      title: name,
      note: shape.join('×'),
      panels: made.map(({ inverted }) => {
        const { image, psnr, featureErrors } = inverted[depth]!
        const off = (100 * featureErrors[0]!).toFixed(0)
        return { image, lines: [`${psnr.toFixed(1)} dB, ${off} %`] }
      }),
    }))
    const first: Row = {
      title: 'Photo',
      panels: photos.map(({ image }) => ({ image: net.view(image) })),
    }
    return contactSheet(`${net.name}: feature inversion`, [first, ...rows])
  },
}
