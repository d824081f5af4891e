import { part } from '../../../src/attribution/batch.js'
import { stack } from '../../../src/figures/box.js'
import { Figure, type Network, tiles, viz } from '../../../src/index.js'
import { channelPanel, colourPanel, contactSheet, type Row } from '../contact-sheet.js'
import type { Sheet } from '../sheet.js'

/** Channels of each layer, the strongest first. */
const CHANNELS = 2

export const inside: Sheet = {
  name: 'inside',
  title: 'Inside',
  text:
    'The filters of the first convolution; in one layer of each resolution, the maps of the channels that answer most ' +
    'strongly, with their numbers; and for each photo those of the folder that are nearest to it, by the features of the ' +
    'last of these layers and by their pixels. `viz(net).layer(…).filters()`, `viz(net).on(photo).activations(…)`, ' +
    '`viz(net).embed(photos, …).neighbours()`.',
  async make({ net, photos, all }) {
    const convolution = net.layers.find(({ type }) => type === 'Conv')!
    const filters = await viz(net).layer(convolution.name).filters()
    const [count, ...size] = filters.shape as [number, number, number, number]
    const pictures = Array.from({ length: count }, (_, i) =>
      colourPanel({ data: part(filters, i), shape: [1, ...size] }),
    )
    const first = tiles(pictures, {
      title: `${convolution.name}: ${count} filters of ${size[1]}×${size[2]}; grey is 0`,
      columns: 16,
    })

    const rows: Row[] = [
      { title: 'Photo', panels: photos.map(({ image }) => ({ image: net.view(image) })) },
    ]
    const layers = oneOfEachResolution(net)
    for (const layer of layers) {
      const maps = await Promise.all(
        photos.map(({ image }) => viz(net).on(image).activations(layer)),
      )
      const [, , height, width] = maps[0]!.shape as [number, number, number, number]
      for (let rank = 0; rank < CHANNELS; rank++)
        rows.push({
          title: rank === 0 ? layer : '',
          note: rank === 0 ? `${width}×${height}, strongest channels` : undefined,
          panels: maps.map((map) => {
            const { channel } = map.top(CHANNELS)[rank]!
            const plane = width * height
            const data = map.data.slice(channel * plane, (channel + 1) * plane)
            return { image: channelPanel(data, width, height), lines: [`channel ${channel}`] }
          }),
        })
    }

    const images = all.map(({ image }) => ({ image }))
    const queries = photos.map(({ file }) => all.findIndex((photo) => photo.file === file))
    const neighbours = await viz(net)
      .embed(images, layers.at(-1)!)
      .neighbours(queries, { count: 4, metric: 'cosine' })
    const parts = [first, contactSheet('Activation maps', rows), neighbours.figure]
    return new Figure({
      title: `${net.name}: inside`,
      text: parts.map(String).join('\n'),
      body: () => stack(parts, 16),
    })
  },
}

/** The last layer of each resolution, down to the last feature maps before the classifier. */
function oneOfEachResolution(net: Network): string[] {
  const end = net.layers.findIndex(({ name }) => name === net.lastFeatureMaps)
  const last = new Map<string, string>()
  for (const { name, shape } of net.layers.slice(0, end + 1))
    if (shape.length === 3) last.set(shape.slice(1).join(), name)
  return [...last.values()]
}
