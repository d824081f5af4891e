import { fileURLToPath } from 'node:url'

/** The path of a file in test/fixtures/image. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/image/${name}`, import.meta.url))
