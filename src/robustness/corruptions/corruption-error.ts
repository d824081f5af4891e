/** Corruption error: how much worse a network becomes, beside how much worse a baseline becomes. */
import { type Corruption, corruptionFamilies } from './corrupt.js'

/** Shares of pictures that are named wrongly, in [0, 1]. */
export interface ErrorTable {
  /** Without corruption. */
  clean: number
  /** By corruption, one for each severity. */
  corrupted: Readonly<Partial<Record<Corruption, readonly number[]>>>
}

/** All as shares: 1 is the baseline's. NaN where the baseline has no error to divide by. */
export interface CorruptionErrors {
  /** Of each corruption, Σ E / Σ E of the baseline. */
  ce: Partial<Record<Corruption, number>>
  /** Of each corruption, Σ (E − clean) / Σ (E − clean) of the baseline. */
  relativeCE: Partial<Record<Corruption, number>>
  /** Their means. Corruptions where they are NaN do not count. */
  meanCE: number
  relativeMeanCE: number
}

/**
 * Corruption errors (Hendrycks & Dietterich 2019), with E_s the error at severity s:
 *
 * - CE = Σ_s E_s / Σ_s E_s of the baseline, which makes hard and easy corruptions count alike;
 * - relative CE = Σ_s (E_s − E_clean) / Σ_s (E_s − E_clean) of the baseline: what is lost to the corruption alone;
 * - mCE and relative mCE, their means over the corruptions.
 *
 * @throws RangeError where the baseline lacks a corruption or has it at another number of severities.
 * @example corruptionErrors(errors, alexNetErrors).meanCE
 */
export function corruptionErrors(network: ErrorTable, baseline: ErrorTable): CorruptionErrors {
  const ce: CorruptionErrors['ce'] = {}
  const relativeCE: CorruptionErrors['relativeCE'] = {}
  for (const [name, errors] of Object.entries(network.corrupted) as [Corruption, number[]][]) {
    const known = baseline.corrupted[name]
    if (known?.length !== errors.length)
      throw new RangeError(
        `'${name}' is known at ${errors.length} severities, but of the baseline at ${known?.length ?? 0}`,
      )
    ce[name] = ratio(sum(errors), sum(known))
    relativeCE[name] = ratio(lost(errors, network.clean), lost(known, baseline.clean))
  }
  return { ce, relativeCE, meanCE: meanOf(ce), relativeMeanCE: meanOf(relativeCE) }
}

/** The mean CE of each family of corruptions; NaN where none of it is known. */
export const familyErrors = (ce: CorruptionErrors['ce']): Record<string, number> =>
  Object.fromEntries(
    Object.entries<readonly Corruption[]>(corruptionFamilies).map(([family, members]) => [
      family,
      mean(members.map((name) => ce[name] ?? NaN)),
    ]),
  )

/** A baseline that loses nothing, or gains, is no measure. */
const ratio = (value: number, baseline: number): number => (baseline > 0 ? value / baseline : NaN)

const lost = (errors: readonly number[], clean: number): number =>
  sum(errors.map((error) => error - clean))

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

const meanOf = (errors: CorruptionErrors['ce']): number => mean(Object.values(errors))

/** Of what is known; NaN of nothing. */
function mean(values: readonly number[]): number {
  const known = values.filter(Number.isFinite)
  return sum(known) / known.length
}
