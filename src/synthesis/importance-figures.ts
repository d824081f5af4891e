import type { Figure } from '../figures/figure.js'
import { namedLines } from '../figures/named-lines.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { valueBars } from '../figures/value-bars.js'
import type { FeatureImportance, ImportanceCriterion } from './feature-importance.js'

const units: Record<ImportanceCriterion, string> = {
  accuracy: 'accuracy lost without the map',
  taylor: 'mean of |Σ a·∂L/∂a|',
  l1: 'Σ |w| of its filter',
  inversion: 'PSNR lost without the map (dB)',
}

/** How many of the most important maps are shown. */
const SHOWN = 12

/** The most important maps by each criterion. */
export function importanceFigure(made: FeatureImportance): Figure {
  const maps = made.shape[1]!
  const figures = made.criteria.map((criterion) => {
    const values = made.of(criterion)
    const { order } = made.prunings.find(({ by }) => by === criterion)!
    const most = [...order].reverse().slice(0, SHOWN)
    return valueBars({
      title: criterion,
      values: most.map((map) => values[map]!),
      names: most.map((map) => `map ${map}`),
      label: units[criterion],
    })
  })
  return row(figures, {
    title: `What ${made.layer} needs: the ${Math.min(SHOWN, maps)} most important of ${maps} maps`,
  })
}

/** Accuracy as maps are removed, the least important first. */
export function pruningCurve({ layer, prunings, removed }: FeatureImportance): Figure {
  return namedLines({
    title: `Without the least important maps of ${layer}`,
    lines: prunings.map(({ by, accuracies }) => ({
      name: `by ${by}`.replace('by random', 'at random'),
      values: accuracies,
      control: by === 'random',
    })),
    x: removed,
    xLabel: 'maps removed',
    yLabel: 'accuracy',
    range: [0, 1],
    caption: 'On pictures that the rankings have not seen.',
  })
}

/** Inversions as maps are removed. */
export function reconstructionRow({ layer, inversions, criteria }: FeatureImportance): Figure {
  return row(
    inversions.map(({ image, removed, psnr }) =>
      picture(image, {
        title: removed === 0 ? 'all maps' : `${removed} removed`,
        caption: `${psnr.toFixed(1)} dB`,
      }),
    ),
    {
      title: `What is left of the picture in ${layer}`,
      caption: `Inversions of the features that are left; the least important go first, by ${criteria[0]!}.`,
    },
  )
}
