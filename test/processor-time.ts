/** Milliseconds of computing by this process: unlike the clock's, they do not grow with what else runs. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
