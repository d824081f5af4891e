/** The state of work in words. */
import { progressOf, type WorkState } from './work.js'

/** The facts of work that goes on: `175 of 500 steps`, `12.3 per second`, `26 s left`, `loss 0.31`. */
export function facts(state: WorkState): string[] {
  const { rate, secondsLeft, unit, note } = state
  const speed =
    rate === undefined ? '' : unit === 'bytes' ? `${digits(rate / 1e6)} MB/s` : pace(rate)
  const left = secondsLeft === undefined ? '' : `${duration(secondsLeft)} left`
  return [progressOf(state), speed, left, note ?? ''].filter(Boolean)
}

/** How work ended: `500 steps in 41 s`, `interrupted after 175 of 500 steps (14 s)`. */
export function conclusion(state: WorkState): string {
  const time = duration(state.seconds)
  if (state.status === 'finished') return `${progressOf(state)} in ${time}`
  const how = state.status === 'interrupted' ? 'interrupted' : 'ended'
  return `${how} after ${progressOf(state)} (${time})`
}

/** The whole in one line, with a bar of characters where the total is known. */
export function line(state: WorkState): string {
  const { label, status, done, total, note } = state
  if (status !== 'running')
    return [`${label}: ${conclusion(state)}`, note].filter(Boolean).join(' · ')
  const share = total ? Math.min(1, done / total) : undefined
  const bar = share === undefined ? '' : `${blocks(share, 20)} ${percent(share)}`
  return [label, bar, facts(state).join(' · ')].filter(Boolean).join('  ')
}

export function percent(share: number): string {
  return `${Math.floor(100 * share)} %`
}

/** `0.4 s`, `26 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.95 ? 1 : 0)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const two = (n: number) => String(n).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
}

/** Below one a second, the time of one tells more. */
function pace(rate: number): string {
  return rate >= 1 ? `${digits(rate)} per second` : `${digits(1 / rate)} s each`
}

function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
}

function blocks(share: number, width: number): string {
  const eighths = Math.round(share * width * 8)
  const part = ' ▏▎▍▌▋▊▉'[eighths % 8]!
  const full = '█'.repeat(Math.floor(eighths / 8))
  return `▕${(full + (eighths % 8 ? part : '')).padEnd(width)}▏`
}
