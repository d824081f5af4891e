import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder for the files of one test file, removed after its tests. */
export function temporaryFolder(): {
  path: (...names: string[]) => string
  write: (name: string, content: Uint8Array | string) => Promise<string>
} {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))
  const path = (...names: string[]): string => join(folder, ...names)
  return {
    path,
    write: async (name, content) => {
      await mkdir(dirname(path(name)), { recursive: true })
      await writeFile(path(name), content)
      return path(name)
    },
  }
}

/** Bytes changed, removed or added at random places, or an end cut off. */
export function mutate(bytes: Uint8Array, random: { integer(limit: number): number }): Uint8Array {
  const mutated = [...bytes]
  for (let n = 1 + random.integer(3); n > 0; n--) {
    // The first bytes decide most, so every other mutation is there.
    const at = random.integer(random.integer(2) ? Math.min(24, mutated.length) : mutated.length)
    const kind = random.integer(5)
    if (kind === 0) mutated.length = at
    else if (kind === 1) mutated.splice(at, 1 + random.integer(4))
    else if (kind === 2) mutated.splice(at, 0, random.integer(256))
    else mutated[at] = [0, 255, 128, random.integer(256)][random.integer(4)]!
  }
  return Uint8Array.from(mutated)
}
