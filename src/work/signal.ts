/** The signal that stops long work. */

/** Under this symbol the notebook kernel provides the AbortSignal of the cell on whose behalf code runs. */
const HOST_SIGNAL = Symbol.for('fovea.signal')

let chosen: AbortSignal | undefined

/** What stops work that begins now: the notebook's interrupt, the signal that was chosen, or either. */
export function currentSignal(): AbortSignal | undefined {
  const host = (globalThis as { [HOST_SIGNAL]?: AbortSignal })[HOST_SIGNAL]
  return host && chosen ? AbortSignal.any([host, chosen]) : (host ?? chosen)
}

/**
 * Chooses a signal that stops the loops which begin from now on, beside a notebook's own interrupt.
 *
 * @throws TypeError for anything but an AbortSignal or undefined, which takes the choice back.
 */
export function chooseSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(
      'the signal is an AbortSignal, such as AbortSignal.timeout(60_000), or undefined',
    )
  chosen = signal
}
