import { picture, row, viz } from '../../../src/index.js'
import { stack } from '../../../src/figures/box.js'
import { Figure } from '../../../src/figures/figure.js'
import type { Sheet } from '../sheet.js'

export const style: Sheet = {
  name: 'style',
  title: 'Style transfer',
  text:
    'A photograph with the Gram matrices of paintings (Gatys et al. 2016), by the constants of CS231n: 192 pixels, 200 ' +
    'steps; both styles mixed; and one with the colours of the photograph. `viz(net).on(photo).style(painting, …)`.',
  async make({ net, photos, all }) {
    const content = (photos.find(({ file }) => file === 'lighthouse.jpg') ?? photos[0]!).image
    const paintings = all
      .filter(({ file }) => file.startsWith('painting_'))
      .map(({ image }) => image)
    const preset = net.name === 'squeezenet1_1' ? 'cs231n' : 'relative'
    const view = viz(net).on(content)
    const painted = async (
      title: string,
      styles: Parameters<typeof view.style>[0],
      colours: 'style' | 'content' = 'style',
    ) => {
      const made = await view.style(styles, { preset, size: 192, colours })
      const caption = `style loss −${(100 * made.styleDrop).toFixed(1)} %`
      return picture(made.image, { title, caption })
    }
    const lines: Figure[] = [
      row([
        picture(content, { title: 'Photograph' }),
        ...paintings.map((image) => picture(image, { title: 'Painting' })),
      ]),
    ]
    const shown: Figure[] = []
    for (const [i, painting] of paintings.entries())
      shown.push(await painted(`Painting ${i + 1}`, painting))
    if (paintings.length > 1) shown.push(await painted('Both', paintings))
    if (paintings[0])
      shown.push(await painted('Colours of the photograph', paintings[0], 'content'))
    if (shown.length > 0) lines.push(row(shown))
    return new Figure({
      title: `${net.name}: style transfer`,
      text: lines.map(String).join('\n'),
      body: () => stack(lines, 16),
    })
  },
}
