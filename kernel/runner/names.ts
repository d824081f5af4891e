/** The names of the layers and the classes of what a cell's variable holds, and of files, for completion. */
import { readdir } from 'node:fs/promises'
import type { NamesRequest } from './messages.js'

/** @returns none where it is no network, nor looks at one; folders with a slash at the end. */
export async function namesOf(
  variables: Record<string, unknown>,
  { path, of }: NamesRequest,
): Promise<string[]> {
  try {
    if (of === 'files') {
      const entries = await readdir(path.join('/') || '.', { withFileTypes: true })
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    }
    let value: unknown = variables
    for (const name of path) value = await (value as Record<string, unknown>)[name]
    const net = (await (value as { net?: unknown }).net) ?? value
    const names = (net as Record<string, unknown>)[of]
    if (!Array.isArray(names)) return []
    return names
      .map((one: unknown) => (typeof one === 'string' ? one : (one as { name?: unknown }).name))
      .filter((name) => typeof name === 'string')
  } catch {
    return [] // no such variable, or one without a value
  }
}
