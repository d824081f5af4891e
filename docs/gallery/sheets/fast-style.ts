import { picture, row, StyleModel, viz } from '../../../src/index.js'
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
    const contents = ['lighthouse.jpg', 'parrot_macaw.jpg'].map(
      (name, i) => (photos.find(({ file }) => file === name) ?? photos[i] ?? photos[0]!).image,
    )
    const lines: Figure[] = [
      row(
        styles.map((name) =>
          picture(viz.painting(name as 'mosaic', { size: 128 }), { title: name }),
        ),
      ),
    ]
    for (const content of contents)
      lines.push((await viz.fastStyles(content, { size: 256 })).figure)
    const between = [styles[0]!, styles[1]!] as const
    lines.push((await viz.fastStyles(contents[0]!, { between, size: 256 })).figure)
    return new Figure({
      title: 'One pass for each picture',
      text: lines.map(String).join('\n'),
      body: () => stack(lines, 16),
    })
  },
}
