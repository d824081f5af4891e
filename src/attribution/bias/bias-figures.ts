/** How the results of {@link bias} are shown. */
import { type Box, stack } from '../../figures/box.js'
import { comparison } from '../../figures/comparison.js'
import { Figure } from '../../figures/figure.js'
import { overlaid } from '../../figures/overlay.js'
import { gradientPercentile } from '../../figures/range.js'
import { theme } from '../../figures/theme.js'
import { tiles } from '../../figures/tiles.js'
import type { Image } from '../../image/image.js'
import { type MethodName, titles } from '../trust/methods.js'
import type { Findings, WrongPrediction } from './bias.js'

const percent = (share: number): string => `${Math.round(100 * share)} %`

/** The table, and below it what the networks make of the same pictures. */
export function biasFigure(findings: Findings): Figure {
  const table = tableOf(findings)
  const examples = exampleLines(findings)
  return new Figure({
    title: 'Object or background?',
    caption: table.caption,
    text: table.toString(),
    body: () => stack([bodyOf(table), ...examples], theme.gap),
  })
}

/** A figure without its title and caption, which the whole has. */
const bodyOf = ({ parts }: Figure): Box => parts.body(parts.pictureHeight)

function tableOf({ reports, maps }: Findings): Figure {
  const masks = reports.some(({ backgrounds }) => backgrounds)
  const tests = [
    { key: 'objectAlone', title: 'object\nalone' },
    { key: 'backgroundAlone', title: 'background\nalone' },
    { key: 'sameClass', title: 'own class’s\nbackground' },
    { key: 'otherClass', title: 'other class’s\nbackground' },
  ] as const
  const several = new Set(reports.map(({ data }) => data)).size > 1
  const shares = maps.map((name) => ({
    title: `${titles[name]}\non object`,
    better: 'high' as const,
    format: percent,
  }))
  return comparison({
    title: 'Object or background?',
    columns: [
      { title: 'accuracy', better: 'high', format: percent },
      ...(masks
        ? [
            ...shares,
            { title: 'area of\nobject', format: percent },
            ...tests.map(({ title, key }) => ({
              title,
              ...(key !== 'backgroundAlone' && { better: 'high' as const }),
              format: percent,
            })),
          ]
        : []),
    ],
    rows: reports.map(({ network, data, accuracy, onObject, area, backgrounds }) => ({
      name: several ? `${network}: ${data}` : network,
      values: [
        accuracy.share,
        ...(masks
          ? [
              ...maps.map((name) => onObject[name]!),
              area,
              ...tests.map(({ key }) => backgrounds?.[key].share ?? NaN),
            ]
          : []),
      ],
    })),
    caption:
      `${[...new Set(reports.map(({ count }) => count))].join(' or ')} pictures each. ` +
      (masks
        ? 'On object: the share of the map for the predicted class that lies on the object; by chance it is the ' +
          'area. Right of the area: accuracy when object and background are taken apart (Xiao et al. 2021); what ' +
          'backgrounds decide is the difference of the last two.\n'
        : 'Where the object is, is not known of these pictures.\n') +
      `Below: the pictures of which the first network is wrong with the greatest certainty, and the ${titles[maps.at(-1)!]} ` +
      'of what each takes them for.',
  })
}

/** The pictures, then a line for each network. */
function exampleLines({ examples }: Findings): Figure[] {
  const first = [...examples.values()][0]!
  const pictures = tiles(
    first.map(({ image }) => image),
    { labels: first.map(({ className }) => className), columns: first.length, gutter: 6 },
  )
  const lines = [...examples].map(([network, list]) =>
    tiles(
      list.map(({ image, map }) => laidOver(image, map)),
      {
        title: network,
        labels: list.map(({ predicted, probability }) => `${predicted} ${percent(probability)}`),
        columns: list.length,
        gutter: 6,
      },
    ),
  )
  return [pictures, ...lines]
}

/** The most of the wrong predictions of one network and data set that are shown. */
const MOST = 8

/** Wrong predictions, the most certain first: the picture, and the maps of what it is taken for. */
export function wrongFigure({ reports, maps }: Findings): Figure {
  const parts = reports.map(({ network, data, wrong, count }) => {
    const title = `${network}, ${data}: ${wrong.length} of ${count} wrong`
    if (wrong.length === 0) return new Figure({ title, text: title, body: () => nothing })
    const shown = wrong.slice(0, MOST)
    const lines = [
      tiles(
        shown.map(({ image }) => image),
        { title, labels: shown.map(({ className }) => className), columns: MOST, gutter: 6 },
      ),
      ...maps.map((name) =>
        tiles(
          shown.map((one) => laidOver(one.image, one.maps[name]!)),
          { labels: shown.map((one) => shareLabel(one, name)), columns: MOST, gutter: 6 },
        ),
      ),
    ]
    const named = shown.map(
      ({ className, predicted, probability }) =>
        `${className} taken for ${predicted} (${percent(probability)})`,
    )
    return new Figure({
      text: `${title}: ${named.join(', ')}`,
      caption: named.join(' · '),
      body: () => stack(lines, theme.smallGap),
    })
  })
  return new Figure({
    title: 'Wrong predictions, the most certain first',
    caption:
      `Lines: the picture; then ${maps.map((name) => titles[name]).join(', ')} of the class that it is taken for, ` +
      'with the share that lies on the object, where that is known.',
    text: parts.map((part) => part.toString()).join('\n'),
    body: () => stack(parts, 2 * theme.gap),
  })
}

const nothing: Box = { width: 0, height: 0, draw: () => undefined }

function shareLabel({ onObject }: WrongPrediction, name: MethodName): string {
  const share = onObject?.[name]
  return share === undefined || Number.isNaN(share) ? '' : `on object ${percent(share)}`
}

const laidOver = (image: Image, map: Float32Array): Image => {
  const { width, height } = image
  const data = map.map((value) => Math.max(0, value))
  return overlaid({ image, data, width, height, percentile: gradientPercentile }).image
}
