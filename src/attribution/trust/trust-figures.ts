/** How the results of {@link trust} are shown. */
import { comparison } from '../../figures/comparison.js'
import { beside, type Box, stack } from '../../figures/box.js'
import { Figure } from '../../figures/figure.js'
import { theme } from '../../figures/theme.js'
import { colorize } from '../../figures/heatmap.js'
import { namedLines } from '../../figures/named-lines.js'
import { colorRange, gradientPercentile } from '../../figures/range.js'
import { picture } from '../../figures/picture.js'
import { row } from '../../figures/row.js'
import { tiles } from '../../figures/tiles.js'
import { colorMaps } from '../../image/colormap.js'
import { Image } from '../../image/image.js'
import type { Findings, Similarity } from './trust.js'

const percent = (share: number): string => `${Math.round(100 * share)} %`

/** One table over all methods. */
export function tableFigure({ network, reports, stages, images, masks, area }: Findings): Figure {
  const withMasks = masks > 0
  const chance = `by chance ${percent(area)}`
  return comparison({
    title: `Do the maps tell the truth? ${network}, ${images} ${images === 1 ? 'picture' : 'pictures'}`,
    columns: [
      { title: 'sanity:\nrank corr. ↓', better: 'low' },
      { title: 'sanity:\nSSIM ↓', better: 'low' },
      { title: 'sanity:\nHOG ↓', better: 'low' },
      { title: 'deletion\nAUC ↓', better: 'low', format: (value) => value.toFixed(3) },
      { title: 'insertion\nAUC ↑', better: 'high', format: (value) => value.toFixed(3) },
      ...(withMasks
        ? ([
            { title: 'pointing\ngame ↑', better: 'high', format: percent },
            { title: 'energy on\nobject ↑', better: 'high', format: percent },
          ] as const)
        : []),
    ],
    rows: reports.map(({ title, control, sanity, deletion, insertion, pointing, energy }) => {
      const last = sanity.at(-1)!
      const values = [last.spearman, last.ssim, last.hog, deletion.auc, insertion.auc]
      return {
        name: title,
        control,
        values: withMasks ? [...values, pointing, energy] : values,
      }
    }),
    caption:
      `Sanity: how alike the maps stay once all ${stages.flat().length} layers have random parameters; near 1, ` +
      'they show the picture, not what was learned.\n' +
      'Deletion, insertion: mean probability while the most important pixels go, or come, first.\n' +
      (withMasks
        ? `Pointing game: the largest value lies on the object. Energy: the share of the map on it; ${chance}.\n`
        : '') +
      'The greener the better, the best in bold. Below: what knows nothing of the network.',
  })
}

/** How alike the maps stay, stage by stage. */
export function sanityFigures({ reports, stages }: Findings): Figure {
  const measures: { key: keyof Similarity; label: string }[] = [
    { key: 'spearman', label: 'rank correlation' },
    { key: 'ssim', label: 'structural similarity' },
    { key: 'hog', label: 'correlation of gradient histograms' },
  ]
  const x = ['none', ...stageNames(stages)]
  return row(
    measures.map(({ key, label }) =>
      namedLines({
        title: label,
        lines: reports.map(({ title, control, sanity }) => ({
          name: title,
          control,
          values: [1, ...sanity.map((similarity) => similarity[key])],
        })),
        x,
        xLabel: 'random from the scores down to this layer',
        yLabel: 'similarity to the trained network’s map',
      }),
    ),
    {
      title: 'Sanity check: do maps change when the network forgets?',
      caption:
        'A faithful map falls towards 0 (Adebayo et al. 2018). Dashed: what looks at no network. Edges of the ' +
        'picture never change; random numbers always do, so that passing is not enough.',
    },
  )
}

/** The mean curves. */
export function curveFigures({ reports }: Findings): Figure {
  const kinds = [
    { key: 'deletion', title: 'Deletion: the faster down the better', xLabel: 'share removed' },
    { key: 'insertion', title: 'Insertion: the faster up the better', xLabel: 'share inserted' },
  ] as const
  return row(
    kinds.map(({ key, title, xLabel }) =>
      namedLines({
        title,
        lines: reports.map((report) => ({
          name: `${report.title} ${report[key].auc.toFixed(3)}`,
          control: report.control,
          values: report[key].probabilities,
        })),
        x: reports[0]!.deletion.shares,
        xLabel: `${xLabel}, most important first`,
        yLabel: 'mean probability of the class',
      }),
    ),
    { caption: 'Beside each name: the area below its curve (Petsiuk et al. 2018).' },
  )
}

/** The first picture's maps, a line for each method, a column for each stage. */
export function cascadeFigure({ first, stages }: Findings): Figure {
  const { image, maps } = first
  const labels = ['trained', ...stageNames(stages).map((name) => `… ${name}`)]
  const lines = [...maps].map(([title, list]) =>
    tiles(
      list.map((map) => thumbnailOf(map, image)),
      { title, labels, columns: labels.length },
    ),
  )
  const side = Math.floor(lines[0]!.width / labels.length)
  const seen = new Figure({
    title: 'The picture',
    text: image.toString(),
    body: () => picture(image).parts.body(side),
  })
  return new Figure({
    title: 'Maps while the network forgets, from the scores down to the layer named below',
    caption:
      'First column: the trained network. Magnitudes; each map in colours of its own, which end at its ' +
      `${gradientPercentile}th percentile.`,
    text: `maps of ${lines.length} methods by ${labels.length} stages of randomisation: ${labels.join(', ')}`,
    body: () => inColumns([seen, ...lines]),
  })
}

/** As many columns as a notebook is wide, read downwards. */
function inColumns(figures: readonly Figure[]): Box {
  const widest = Math.max(...figures.map(({ width }) => width))
  const available = theme.maxWidth - 2 * theme.padding
  const columns = Math.max(1, Math.floor((available + theme.gap) / (widest + theme.gap)))
  const perColumn = Math.ceil(figures.length / columns)
  return beside(
    Array.from({ length: Math.ceil(figures.length / perColumn) }, (_, i) =>
      stack(figures.slice(i * perColumn, (i + 1) * perColumn), theme.smallGap),
    ),
    theme.gap,
  )
}

/** The last layer of each stage, without the part of its name that all have in common. */
function stageNames(stages: Findings['stages']): string[] {
  const names = stages.map((layers) => layers.at(-1)!)
  const module = names[0]!.slice(0, names[0]!.indexOf('.') + 1)
  return names.every((name) => name.startsWith(module) && name.length > module.length)
    ? names.map((name) => name.slice(module.length))
    : names
}

function thumbnailOf(map: Float32Array, { width, height }: Image): Image {
  const data = map.map(Math.abs)
  const { low, high } = colorRange(data, 'sequential', gradientPercentile)
  return colorize({ data, width, height }, low, high, colorMaps.sequential)
}
