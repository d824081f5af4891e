import { type PresetName, viz } from '../../../src/index.js'
import { contactSheet, type Row } from '../contact-sheet.js'
import type { Sheet } from '../sheet.js'

/** The classes of Yosinski et al. 2015, figure 4. */
const wanted = ['flamingo', 'pelican', 'ground beetle', 'Indian cobra']

/** Fewer steps than the papers take, where they take many. */
const recipes: readonly { preset: PresetName; title: string; note: string; steps: number }[] = [
  {
    preset: 'none',
    title: 'Nothing but ascent',
    note: 'Without any prior.',
    steps: 60,
  },
  {
    preset: 'yosinski-1',
    title: 'Yosinski 2015, row 1',
    note: 'Blur, pixels of small norm clipped.',
    steps: 200,
  },
  {
    preset: 'yosinski-3',
    title: 'Yosinski 2015, row 3',
    note: 'A little decay, strong blur.',
    steps: 200,
  },
  {
    preset: 'mordvintsev',
    title: 'Mordvintsev 2015',
    note: 'From noise, with jitter and blur.',
    steps: 200,
  },
  {
    preset: 'cs231n',
    title: 'CS231n',
    note: 'L2 penalty, jitter, blur.',
    steps: 100,
  },
  {
    preset: 'olah',
    title: 'Olah 2017',
    note: 'Fourier coefficients, moved, scaled and turned.',
    steps: 256,
  },
]

export const classes: Sheet = {
  name: 'classes',
  title: 'What classes look like',
  text:
    'No photo went into these: gradient ascent on the score of a class, by several recipes. Below each image what the ' +
    'network takes it for. Some recipes are shown in scaled contrast. ' +
    "`viz(net).maximize('flamingo', { preset: 'olah' })`, `viz(net).regularisers('flamingo')`.",
  async make({ net }) {
    const rows: Row[] = []
    for (const { preset, title, note, steps } of recipes) {
      const made = await viz(net).maximize(wanted, { preset, steps })
      rows.push({
        title,
        note: `${note} ${steps} steps.`,
        panels: made.shown.map((image, i) => {
          const { class: name, probability } = made.judgements[i]!
          return { image, lines: [`${name}, ${(100 * probability).toFixed(0)} %`] }
        }),
      })
    }
    return contactSheet(`${net.name}: ${wanted.join(', ')}`, rows, undefined, 152)
  },
}
