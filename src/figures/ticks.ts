/**
 * Round numbers (1, 2 or 5 times a power of ten apart) within a range, at most `count` + 1 of them,
 * in increasing order. A range that holds 0 has a tick at 0.
 */
export function niceTicks(low: number, high: number, count: number): number[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / count))
  const candidates = [1, 2, 5, 10].map((factor) => multiplesWithin(factor * power, low, high))
  const ticks = candidates.find(({ length }) => length <= count + 1) ?? []
  if (ticks.length > 1 || count < 2) return ticks
  // A lone 0 says nothing: 4 lies between a step that makes too many and one that leaves but one.
  const wider = multiplesWithin(4 * power, low, high)
  return wider.length <= count + 1 ? wider : ticks
}

function multiplesWithin(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step)
}

export interface TickLabels {
  labels: string[]
  /** The power of ten that all labels are to be multiplied by; 0 for ordinary numbers. */
  exponent: number
}

/** Writes ticks with as many digits as tell them apart; a common power of ten is taken out. */
export function formatTicks(ticks: readonly number[]): TickLabels {
  const largest = Math.max(...ticks.map(Math.abs))
  const magnitude = largest > 0 ? Math.floor(Math.log10(largest) + 1e-9) : 0
  const exponent = magnitude < -2 || magnitude > 3 ? magnitude : 0
  const scaled = ticks.map((tick) => tick / 10 ** exponent)
  const step = Math.min(...scaled.slice(1).map((tick, i) => tick - (scaled[i] ?? 0)))
  const digits = Number.isFinite(step) ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 2
  const labels = scaled.map((tick) => {
    const label = tick.toFixed(digits)
    return Number(label) === 0 ? '0' : label.replace('-', '−')
  })
  return { labels, exponent }
}

/** A power of ten as readers write it: 10⁻³. */
export function powerOfTen(exponent: number): string {
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹'
  const raised = [...String(exponent)].map((c) => (c === '-' ? '⁻' : digits[Number(c)]))
  return `10${raised.join('')}`
}

/** A number to three digits, for captions and plain text: 0.0123, 1.5, 2.31×10⁻⁷. */
export function formatNumber(value: number): string {
  if (value === 0) return '0'
  const [mantissa = '', exponent = '0'] = value.toExponential(2).split('e')
  const power = Number(exponent)
  const text =
    power < -2 || power > 3
      ? `${Number(mantissa)}×${powerOfTen(power)}`
      : String(Number(value.toPrecision(3)))
  return text.replace('-', '−')
}
