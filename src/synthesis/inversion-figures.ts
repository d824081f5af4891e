import type { Figure } from '../figures/figure.js'
import { namedLines } from '../figures/named-lines.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import type { Inversion, Inverted } from './inversion.js'

/** What each layer still knows: the image, and a picture for each layer; a line of them for each start. */
export function inversionFigure({
  original,
  inverted,
  how,
  interrupted,
}: Pick<Inversion, 'original' | 'inverted' | 'how' | 'interrupted'>): Figure {
  const starts = [...new Set(inverted.map(({ start }) => start))]
  const stopped = interrupted ? ' Interrupted: this is what there was by then.' : ''
  const caption = `${how}. PSNR to the image; features: how far the layer's are from the image's.${stopped}`
  const image = picture(original, { title: 'Image' })
  const lines = starts.map((start) =>
    inverted
      .filter((one) => one.start === start)
      .map((one) => picture(one.image, { title: one.layers.join(', '), caption: words(one) })),
  )
  if (lines.length === 1) return row([image, ...lines[0]!], { caption })
  const rows = lines.map((figures, i) => row([image, ...figures], { title: `from ${starts[i]!}` }))
  return row(rows, { caption })
}

const words = ({ psnr, featureErrors, judgement }: Inverted): string => {
  const errors = featureErrors.map((error) => `${(100 * error).toPrecision(2)} %`).join(', ')
  const taken = judgement
    ? `\n${judgement.class}, ${(100 * judgement.probability).toFixed(0)} %`
    : ''
  return `${psnr.toFixed(1)} dB, features ${errors} off${taken}`
}

/** PSNR and feature error by depth. */
export function errorCurve({ inverted }: Pick<Inversion, 'inverted'>): Figure {
  const starts = [...new Set(inverted.map(({ start }) => start))]
  const of = (start: string) => inverted.filter((one) => one.start === start)
  const x = of(starts[0]!).map(({ layers }) => layers.join(' + '))
  // An interrupt may have left later starts with fewer layers.
  const complete = starts.filter((start) => of(start).length === x.length)
  const line = (value: (one: Inverted) => number) =>
    complete.map((start) => ({ name: `from ${start}`, values: of(start).map(value) }))
  return row([
    namedLines({
      title: 'Likeness to the image',
      lines: line(({ psnr }) => psnr),
      x,
      xLabel: 'layer',
      yLabel: 'PSNR (dB)',
    }),
    namedLines({
      title: 'Distance of the features',
      lines: line(
        ({ featureErrors }) => featureErrors.reduce((a, b) => a + b) / featureErrors.length,
      ),
      x,
      xLabel: 'layer',
      yLabel: '‖φ(x) − φ₀‖ / ‖φ₀‖',
    }),
  ])
}
