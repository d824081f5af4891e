import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Reads the package's own package.json, from the sources as from the compiled files. */
function read(): { version: string } {
  try {
    return require('../package.json') as { version: string }
  } catch {
    return require('../../package.json') as { version: string }
  }
}

/** The version of Fovea, for provenance. */
export const version: string = read().version
