/** @throws RangeError for what is no number of steps. */
export function checkEvery(every: number): void {
  if (!Number.isInteger(every) || every < 1)
    throw new RangeError(`a regulariser acts every 1, 2, … steps, not every ${every}`)
}
