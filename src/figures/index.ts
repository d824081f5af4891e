export { Figure, type FigureParts } from './figure.js'
export {
  comparison,
  type ComparisonColumn,
  type ComparisonOptions,
  type ComparisonRow,
} from './comparison.js'
export { namedLines, type NamedLine, type NamedLinesOptions } from './named-lines.js'
export { type CellColour, numberTable, type NumberTableOptions } from './number-table.js'
export { predictionBars, type PredictionBarsOptions } from './bars.js'
export { type Bracket, brackets, type BracketsOptions } from './brackets.js'
export { categoryMap, type CategoryMapOptions } from './categories.js'
export { heatMap, type HeatMapOptions } from './heatmap.js'
export { type Distribution, histograms, type HistogramsOptions } from './histograms.js'
export { type Line, lineChart, type LineChartOptions } from './lines.js'
export { type Mosaic, mosaics, type MosaicsOptions } from './mosaics.js'
export { type Outline, outlined, type OutlinesOptions } from './outline.js'
export { overlay, type OverlayOptions } from './overlay.js'
export { picture, type PictureOptions } from './picture.js'
export { type PictureCell, pictureTable, type PictureTableOptions } from './picture-table.js'
export { gradientPicture, type GradientPictureOptions } from './gradient.js'
export { row, type RowOptions } from './row.js'
export { tiles, type TilesOptions } from './tiles.js'
export { gradientPercentile, type Plane } from './range.js'
export { valueBars, type ValueBarsOptions } from './value-bars.js'
export { type InteractiveScatterOptions, Interactive, interactiveScatter } from './plotly.js'
export { interactiveMatrices, type Matrix, matrixMap, type MatrixMapOptions } from './matrix-map.js'
export { scatter, type ScatterOptions } from './scatter.js'
