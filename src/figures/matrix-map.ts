/** Square tables of numbers, too large to be written, whose rows and columns have numbers of their own. */
import { colorMaps, type ColorScheme } from '../image/colormap.js'
import { type Box, stack } from './box.js'
import { colorBar } from './colorbar.js'
import { Figure } from './figure.js'
import { colorize } from './heatmap.js'
import { imageBox, naturalHeight } from './picture.js'
import { type Interactive, interactiveChart } from './plotly.js'
import { checkPlane, colorRange } from './range.js'
import { fontOf, lineHeight, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'
import { formatNumber, niceTicks } from './ticks.js'

/** A square matrix, row by row. */
export interface Matrix {
  name: string
  data: Float32Array
  /** Rows, and columns. */
  size: number
}

export interface MatrixMapOptions {
  /** What the colours mean; stands below the colour bar. */
  label: string
  /** What a row and a column are: 'channel'. */
  axis: string
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
  /** 'sequential' (default) for values from 0 up, 'diverging' for values on both sides of 0. */
  colors?: ColorScheme
  /** The percentile at which the colours end; the caption then says so. Default 100. */
  percentile?: number
}

/**
 * A matrix in colours, its rows and columns numbered from 0.
 *
 * @throws RangeError where the numbers are not size × size, or not finite.
 * @example matrixMap({ name: 'conv2', data: gram.data, size: 64 }, { label: 'Gram matrix', axis: 'channel' })
 */
export function matrixMap({ name, data, size }: Matrix, options: MatrixMapOptions): Figure {
  const { label, axis, colors = 'sequential', percentile, title = name } = options
  const plane = { data, width: size, height: size }
  checkPlane(plane, 'a matrix')
  const { low, high, note } = colorRange(data, colors, percentile)
  const colorMap = colorMaps[colors]
  const image = colorize(plane, low, high, colorMap)
  return new Figure({
    title,
    caption: [options.caption, note].filter(Boolean).join('\n'),
    text: `${title}: ${size}×${size} matrix, ${label}, from ${formatNumber(low)} to ${formatNumber(high)}`,
    pictureHeight: naturalHeight(image),
    body: (height) => {
      const shown = numbered(imageBox(image, height), size, axis)
      const width = Math.max(shown.width, theme.minWidth)
      return stack([shown, colorBar({ colorMap, low, high, label, width })], 8)
    },
  })
}

/** The picture of a matrix with the numbers of its rows at the left and of its columns above. */
function numbered(matrix: Box, size: number, axis: string): Box {
  const style = textStyles.small
  const ticks = niceTicks(0, size - 1, 4).filter(Number.isInteger)
  const left = Math.max(...ticks.map((tick) => textWidth(String(tick), style))) + 6
  const top = 2 * lineHeight(style)
  return {
    width: left + matrix.width,
    height: top + matrix.height,
    draw(context, x, y) {
      context.font = fontOf(style)
      context.fillStyle = style.color
      context.textBaseline = 'alphabetic'
      context.textAlign = 'center'
      context.fillText(axis, x + left + matrix.width / 2, y + style.size)
      for (const tick of ticks) {
        const share = (tick + 0.5) / size
        context.textAlign = 'center'
        const middle = x + left + Math.min(share * matrix.width, matrix.width - 6)
        context.fillText(String(tick), middle, y + top - 4)
        context.textAlign = 'right'
        const line = y + top + Math.max(share * matrix.height, style.size / 2)
        context.fillText(String(tick), x + left - 4, line + style.size / 3)
      }
      matrix.draw(context, x + left, y + top)
    },
  }
}

/**
 * Matrices to zoom into, with the numbers of row and column under the pointer; buttons choose which one is seen.
 *
 * @param still What is seen where no script runs.
 * @throws RangeError where there is no matrix; Error where plotly.js is missing.
 * @example await (await interactiveMatrices([gram], { label: 'Gram matrix', axis: 'channel', still })).save('gram.html')
 */
export async function interactiveMatrices(
  matrices: readonly Matrix[],
  { label, axis, colors = 'sequential', title, still }: MatrixMapOptions & { still: Figure },
): Promise<Interactive> {
  if (matrices.length === 0) throw new RangeError('there is no matrix to show')
  const traces = matrices.map(({ name, data, size }, i) => {
    const { low, high } = colorRange(data, colors)
    return {
      type: 'heatmap',
      name,
      visible: i === 0,
      z: Array.from({ length: size }, (_, row) =>
        Array.from(data.subarray(row * size, (row + 1) * size), (value) =>
          Number(value.toPrecision(4)),
        ),
      ),
      zmin: low,
      zmax: high,
      colorscale: scaleOf(colors),
      colorbar: { title: { text: label, side: 'right' } },
      hovertemplate: `${axis} %{y} × ${axis} %{x}: %{z:.4g}<extra></extra>`,
    }
  })
  const buttons = matrices.map(({ name }, i) => ({
    label: name,
    method: 'restyle',
    args: ['visible', matrices.map((_, k) => k === i)],
  }))
  const layout = {
    title: { text: title ?? '' },
    height: 620,
    margin: { l: 60, r: 10, t: 90, b: 45 },
    paper_bgcolor: theme.card,
    plot_bgcolor: theme.card,
    font: { color: theme.ink },
    xaxis: { title: { text: axis }, constrain: 'domain' },
    yaxis: { title: { text: axis }, scaleanchor: 'x', autorange: 'reversed' },
    ...(buttons.length > 1 && {
      updatemenus: [
        { type: 'buttons', direction: 'right', x: 0, xanchor: 'left', y: 1.12, buttons },
      ],
    }),
  }
  return interactiveChart({ traces, layout }, still)
}

/** The same colours as in still pictures. */
const scaleOf = (colors: ColorScheme): [number, string][] =>
  Array.from({ length: 17 }, (_, i) => {
    const parts = colorMaps[colors](i / 16).map((value) => Math.round(255 * value))
    return [i / 16, `rgb(${parts.join(',')})`]
  })
