/** How the results of {@link robustness} are shown. */
import { comparison } from '../../figures/comparison.js'
import type { Figure } from '../../figures/figure.js'
import { namedLines } from '../../figures/named-lines.js'
import { row } from '../../figures/row.js'
import { type Corruption, corruptionFamilies } from './corrupt.js'
import { familyErrors } from './corruption-error.js'
import { corruptionBars } from './error-bars.js'
import type { RobustnessFindings } from './robustness.js'

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const families = Object.entries<readonly Corruption[]>(corruptionFamilies)

const pictures = (images: number): string => `${images} ${images === 1 ? 'picture' : 'pictures'}`

/** One line for each network. */
export function tableFigure(findings: RobustnessFindings): Figure {
  const { networks, published, baseline, corruptions, severities, images } = findings
  const shown = families.filter(([, members]) => members.some((name) => corruptions.includes(name)))
  const known = networks.map((network) => definedOnes(network.relativeCE))
  const fewest = Math.min(...known)
  return comparison({
    title: `Corruption robustness: ${pictures(images)}`,
    columns: [
      { title: 'clean\nerror', better: 'low', format: percent },
      { title: 'mCE', better: 'low', format: percent },
      { title: 'relative\nmCE', better: 'low', format: percent },
      ...shown.map(
        ([family]) => ({ title: `CE:\n${family}`, better: 'low', format: percent }) as const,
      ),
    ],
    rows: [
      ...networks.map((network) => {
        const means = familyErrors(network.ce)
        return {
          name: network.name,
          control: network.name === baseline && published === undefined,
          values: [
            network.clean,
            network.meanCE,
            network.relativeMeanCE,
            ...shown.map(([family]) => means[family]!),
          ],
        }
      }),
      ...(published
        ? [
            {
              name: `${baseline} (published)`,
              control: true,
              values: [published.clean, 1, 1, ...shown.map(() => 1)],
            },
          ]
        : []),
    ],
    caption:
      `${corruptions.length} corruptions at ${severities.length} severities; 100 % is the baseline, ${baseline}.\n` +
      'mCE: errors beside those of the baseline. Relative mCE: what is lost to corruption, beside what it loses.\n' +
      (fewest < corruptions.length
        ? `The baseline loses nothing to ${corruptions.length - fewest} of the corruptions: they do not count in relative mCE.\n`
        : '') +
      'The greener the better, the best in bold (Hendrycks & Dietterich 2019).',
  })
}

const definedOnes = (errors: Readonly<Partial<Record<Corruption, number>>>): number =>
  Object.values(errors).filter(Number.isFinite).length

/** mCE and relative mCE over the networks. */
export const chartFigure = ({ networks, baseline, images }: RobustnessFindings): Figure =>
  corruptionBars(networks, {
    title: `Robustness over networks: ${pictures(images)}`,
    caption: `100 % is the baseline, ${baseline}.`,
  })

/** For each family, the error by severity, from none on. */
export function curveFigures(findings: RobustnessFindings): Figure {
  const { networks, corruptions, severities, images } = findings
  const order = severities
    .map((severity, i) => ({ severity, i }))
    .sort((a, b) => a.severity - b.severity)
  const charts = families.flatMap(([family, members]) => {
    const present = members.filter((name) => corruptions.includes(name))
    if (present.length === 0) return []
    return namedLines({
      title: family,
      lines: networks.map(({ name, clean, corrupted }) => ({
        name,
        values: [clean, ...order.map(({ i }) => mean(present.map((c) => corrupted[c]![i]!)))],
      })),
      x: [0, ...order.map(({ severity }) => severity)],
      range: [0, 1],
      xLabel: 'severity',
      yLabel: 'mean error',
    })
  })
  return row(charts, { title: `Error by severity: ${pictures(images)}` })
}

/** The corruption error of each corruption. */
export function detailsFigure({
  networks,
  corruptions,
  baseline,
  images,
}: RobustnessFindings): Figure {
  return comparison({
    title: `Corruption error by corruption: ${pictures(images)}`,
    // Networks side by side: there are more corruptions than a line has room for.
    columns: networks.map(({ name }) => ({ title: name, format: percent })),
    rows: corruptions.map((name) => ({
      name,
      values: networks.map(({ ce }) => ce[name] ?? NaN),
    })),
    caption: `100 % is the error of ${baseline}. –: it makes none.`,
  })
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length
