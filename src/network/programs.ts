import type { Program } from '../engine/engine.js'
import type { TypedTensor } from './graph.js'

interface Entry {
  program: Promise<Program>
  /** Runs that are under way. */
  users: number
  /** To be freed after its last run. */
  dropped: boolean
}

/** Compiled programs by key. Beyond a limit the least recently used go, though none while it runs. */
export class Programs {
  readonly #entries = new Map<string, Entry>()

  constructor(private readonly limit: number) {}

  /** Runs the program of this key; `compile` makes it where it is not there. */
  async run(
    key: string,
    compile: () => Promise<Program>,
    feeds: Record<string, TypedTensor>,
  ): Promise<Record<string, TypedTensor>> {
    const entry = this.#entries.get(key) ?? { program: compile(), users: 0, dropped: false }
    this.#entries.delete(key)
    this.#entries.set(key, entry) // the last used stands last
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined && this.#entries.size > this.limit) void this.#drop(oldest)

    entry.users++
    try {
      const program = await entry.program.catch((error: unknown) => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
        throw error
      })
      return await program.run(feeds)
    } finally {
      entry.users--
      await free(entry)
    }
  }

  /** Frees all programs; those that run, after their run. */
  async release(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((key) => this.#drop(key)))
  }

  async #drop(key: string): Promise<void> {
    const entry = this.#entries.get(key)
    this.#entries.delete(key)
    if (!entry) return
    entry.dropped = true
    await free(entry)
  }
}

async function free(entry: Entry): Promise<void> {
  if (!entry.dropped || entry.users > 0) return
  // A program that could not be compiled holds nothing.
  await entry.program.then(
    (program) => program.release(),
    () => undefined,
  )
}
