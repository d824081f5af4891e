import { crop, picture, resizeShortestSide, row, viz } from '../../../src/index.js'
import { stack } from '../../../src/figures/box.js'
import { Figure } from '../../../src/figures/figure.js'
import type { Sheet } from '../sheet.js'

/** Photographs of textures, the side of the part that is taken, and what its side then is. */
const samples = [
  { file: 'texture_brick.jpg', part: 320, side: 144 },
  { file: 'texture_grass.jpg', part: 200, side: 144 },
  { file: 'texture_gravel.jpg', part: 144, side: 144 },
]

export const texture: Sheet = {
  name: 'texture',
  title: 'Texture',
  text:
    'Photographs of brick, grass and gravel; grown pixel by pixel (Efros & Leung 1999) and made row by row (Wei & Levoy ' +
    '2000) from a sample of 64 pixels; and made of noise, by Gram matrices (Gatys et al. 2015). ' +
    '`viz.growTexture(…)`, `viz.scanTexture(…)`, `viz(net).on(texture).synthesise(…)`.',
  async make({ net, all }) {
    const layers = ['features.1', 'features.4', 'features.6', 'features.7']
    const known = layers.every((layer) => net.layers.some(({ name }) => name === layer))
    const lines: Figure[] = []
    for (const { file, part, side } of samples) {
      const photo = all.find((one) => one.file === file)?.image
      if (!photo) continue
      const sample = resizeShortestSide(crop(photo, 0, 0, part, part), side)
      const small = resizeShortestSide(sample, 64)
      const size = [112, 112] as const
      const grown = await viz.growTexture(small, { size, window: 13 })
      const scanned = await viz.scanTexture(small, { size })
      const made = await viz(net)
        .on(sample)
        .synthesise({ ...(known && { layers }), steps: 200, variation: 0.03 })
      lines.push(
        row([
          picture(sample, { title: 'Photograph' }),
          picture(grown.image, { title: 'Grown' }),
          picture(scanned.image, { title: 'Scanned' }),
          picture(made.image, { title: 'Gram matrices' }),
        ]),
      )
    }
    return new Figure({
      title: `${net.name}: textures`,
      text: lines.map(String).join('\n'),
      body: () => stack(lines, 16),
    })
  },
}
