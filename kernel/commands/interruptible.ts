/** Ctrl-C, once and twice. */

/**
 * Does work that an interrupt (SIGINT or SIGTERM) asks to end; a second one ends the process at once.
 *
 * @param onInterrupt Told of the first one.
 * @returns what the work returns, or 130 or 143 where it was interrupted.
 */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<number>,
  onInterrupt: () => void,
): Promise<number> {
  const stop = new AbortController()
  let interrupted: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    const code = signal === 'SIGINT' ? 130 : 143
    if (stop.signal.aborted) process.exit(code) // the kernel sees that and ends as well
    interrupted = code
    stop.abort()
    onInterrupt()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const status = await work(stop.signal)
    return interrupted ?? status
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}
