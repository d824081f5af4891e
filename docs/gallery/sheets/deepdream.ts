import { centerCrop, type Image, viz } from '../../../src/index.js'
import { byDepth } from '../by-depth.js'
import { contactSheet, type Panel, type Row } from '../contact-sheet.js'
import type { Sheet } from '../sheet.js'

/** Where the dreamt layers lie, as a share of the way to the last feature maps. */
const DEPTHS = [0.1, 0.4, 0.65, 0.9]

export const deepDream: Sheet = {
  name: 'deepdream',
  title: 'DeepDream',
  text:
    'The photos dream: at layers from low to deep, four octaves of ten steps (Mordvintsev, Olah, Tyka 2015); and, in the ' +
    'last row, guided by the next photo. `viz(net).on(photo).dream(layer)`, `.dream(layer, { guide })`.',
  async make({ net, photos }) {
    const layers = byDepth(net, DEPTHS).map(({ name }) => name)
    const square = (image: Image): Image => {
      const side = Math.min(image.width, image.height)
      return centerCrop(image, side, side)
    }
    const images = photos.map(({ image }) => square(image))
    const rows: Row[] = [{ title: 'Photo', panels: images.map((image) => ({ image })) }]
    for (const layer of layers) {
      const panels: Panel[] = []
      for (const image of images)
        panels.push({ image: (await viz(net).on(image).dream(layer)).images[0]! })
      rows.push({ title: layer, panels })
    }
    const deep = layers[2]!
    const panels: Panel[] = []
    for (const [i, image] of images.entries()) {
      const guide = images[(i + 1) % images.length]!
      panels.push({ image: (await viz(net).on(image).dream(deep, { guide })).images[0]! })
    }
    rows.push({ title: 'Guided', note: `${deep}, by the photo to the right`, panels })
    return contactSheet(`${net.name}: DeepDream`, rows)
  },
}
