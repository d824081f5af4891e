import { StyleModel, tiles, viz } from '../../../src/index.js'
import { stack } from '../../../src/figures/box.js'
import { Figure } from '../../../src/figures/figure.js'
import type { Sheet } from '../sheet.js'

export const fastStyle: Sheet = {
  name: 'fast-style',
  title: 'Fast style transfer',
  text:
    'The same in a single pass, by the embedded network of many styles (Johnson et al. 2016, Dumoulin et al. 2017), ' +
    'which has learnt from generated scenes and paintings that are drawn by code; and the way from one style to another. ' +
    "`viz.fastStyle(photo, { style: 'mosaic' })`.",
  async make({ photos }) {
    const { styles } = await StyleModel.load()
    const content = (photos.find(({ file }) => file === 'lighthouse.jpg') ?? photos[0]!).image
    const drawn = styles.map((name) => viz.painting(name as 'mosaic', { size: 128 }))
    const between = [styles[0]!, styles[1]!] as const
    const lines = [
      tiles(drawn, { labels: styles, columns: styles.length }),
      (await viz.fastStyles(content, { size: 192 })).figure,
      (await viz.fastStyles(content, { between, size: 192 })).figure,
    ]
    return new Figure({
      title: 'One pass for each picture',
      text: lines.map(String).join('\n'),
      body: () => stack(lines, 16),
    })
  },
}
