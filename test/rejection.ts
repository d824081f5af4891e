/** What a promise is rejected with; fails where it is fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error('it was rejected with something that is no Error', { cause: error })
  }
  throw new Error('it should have been rejected, but was fulfilled')
}
