/** The figure of an attack: the picture, the changed one, what was changed, and what the network says. */
import { predictionBars, formatPercent } from '../../figures/bars.js'
import { stack } from '../../figures/box.js'
import { Figure } from '../../figures/figure.js'
import { picture } from '../../figures/picture.js'
import { row } from '../../figures/row.js'
import { tiles } from '../../figures/tiles.js'
import { formatNumber } from '../../figures/ticks.js'
import { Image } from '../../image/image.js'
import type { Network } from '../../network/network.js'
import type { Outcome } from './attack.js'

export interface AttackFigureOptions {
  net: Network
  title: string
  originals: readonly Image[]
  images: readonly Image[]
  outcomes: readonly Outcome[]
  interrupted: boolean
  /** The probabilities of each image before, and after. */
  before: readonly Float32Array[]
  after: readonly Float32Array[]
}

/** So many images of a batch are shown. */
const SHOWN = 8

export function attackFigure(options: AttackFigureOptions): Figure {
  return options.images.length === 1 ? one(options) : several(options)
}

/** A change as a picture: grey is none, and `factor` times the change is added to it. */
export function differencePicture(changed: Image, original: Image, factor = 1): Image {
  const data = changed.data.map((value, p) =>
    Math.min(1, Math.max(0, 0.5 + factor * (value - original.data[p]!))),
  )
  return new Image(changed.width, changed.height, data)
}

const said = ({ name, probability }: { name: string; probability: number }): string =>
  `${name} ${formatPercent(probability)}`

function one({
  net,
  title,
  originals,
  images,
  outcomes,
  before,
  after,
  ...rest
}: AttackFigureOptions): Figure {
  const [original, image, outcome] = [originals[0]!, images[0]!, outcomes[0]!]
  const pictures = row([
    picture(original, { title: said(outcome.before), caption: 'The picture' }),
    picture(image, { title: said(outcome.after), caption: 'The changed picture' }),
    picture(differencePicture(image, original), { title: 'Difference', caption: 'Grey is 0' }),
    picture(differencePicture(image, original, 10), { title: '10 × difference' }),
  ])
  const classes = net.classes.map((_, index) => net.className(index))
  const target = outcome.target?.index
  const bars = row([
    predictionBars({ probabilities: before[0]!, classes, target, title: 'Before' }),
    predictionBars({ probabilities: after[0]!, classes, target, title: 'After' }),
  ])
  const goal = outcome.target ? ` as '${outcome.target.name}'` : ''
  const heading = `${title} of ${net.name}${goal}: ${outcome.fooled ? 'fooled' : 'not fooled'}`
  const caption = captionOf(outcome, rest.interrupted)
  return new Figure({
    title: heading,
    caption,
    text: `${heading}. ${said(outcome.before)} → ${said(outcome.after)}. ${caption}`,
    body: () => stack([pictures, bars], 12),
  })
}

function captionOf(outcome: Outcome, interrupted: boolean): string {
  const { l2, linf, l0 } = outcome.savedNorms
  const pixels = `${l0.toLocaleString('en')} ${l0 === 1 ? 'pixel' : 'pixels'} changed`
  return [
    `As saved in 8 bits: L2 ${formatNumber(l2)}, L∞ ${formatNumber(255 * linf)} / 255, ${pixels}; ` +
      `${outcome.queries.toLocaleString('en')} ${outcome.queries === 1 ? 'run' : 'runs'} of the network.`,
    !outcome.fooled && outcome.fooledUnrounded && 'It fooled until it was rounded to 8 bits.',
    outcome.amplified > 1 &&
      `Before the rounding to 8 bits L2 ${formatNumber(outcome.norms.l2)} was enough; ` +
        `amplified ${outcome.amplified} times to survive it.`,
    interrupted && 'Interrupted before its end.',
  ]
    .filter(Boolean)
    .join('\n')
}

function several({
  net,
  title,
  originals,
  images,
  outcomes,
  interrupted,
}: AttackFigureOptions): Figure {
  const shown = Math.min(SHOWN, images.length)
  const first = <T>(list: readonly T[]): T[] => list.slice(0, shown)
  const fooled = outcomes.filter((outcome) => outcome.fooled).length
  const more = images.length > shown ? ` The first ${shown} are shown.` : ''
  return tiles(
    [
      ...first(originals),
      ...first(images),
      ...first(images).map((image, i) => differencePicture(image, originals[i]!, 10)),
    ],
    {
      title: `${title} of ${net.name}: ${fooled} of ${images.length} fooled`,
      columns: shown,
      labels: [
        ...first(outcomes).map(({ before }) => before.name),
        ...first(outcomes).map(({ after }) => after.name),
        ...first(outcomes).map(({ savedNorms }) => `L2 ${formatNumber(savedNorms.l2)}`),
      ],
      caption:
        `The pictures, the changed pictures as saved in 8 bits, 10 × the difference.${more}` +
        (interrupted ? '\nInterrupted before its end.' : ''),
    },
  )
}
