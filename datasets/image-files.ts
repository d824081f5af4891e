/** Where the image files of a folder are. */
import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'

/** What an entry of a folder is. */
export type Kind = 'folder' | 'image' | 'other'

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.avif'])

/** What is visible in a folder, by name: the same order on every machine. */
export async function entriesOf(folder: string): Promise<{ name: string; kind: Kind }[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const visible = entries.filter(({ name }) => !name.startsWith('.'))
  const kinds = visible.map(async (entry): Promise<{ name: string; kind: Kind }> => {
    // A link counts as what it leads to; one that leads nowhere is passed over.
    const is = entry.isSymbolicLink()
      ? await stat(join(folder, entry.name)).catch(() => undefined)
      : entry
    const isImage = is?.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase())
    return { name: entry.name, kind: is?.isDirectory() ? 'folder' : isImage ? 'image' : 'other' }
  })
  return (await Promise.all(kinds)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Paths of the images in a folder and below it, those of a folder before those of the folders in it. */
export async function imagesBelow(
  folder: string,
  above: readonly string[] = [],
): Promise<string[]> {
  const real = await realpath(folder)
  if (above.includes(real)) return [] // a link back to a folder that it lies in
  const entries = await entriesOf(folder)
  const paths = entries.filter(({ kind }) => kind === 'image').map(({ name }) => join(folder, name))
  for (const { name, kind } of entries)
    if (kind === 'folder') paths.push(...(await imagesBelow(join(folder, name), [...above, real])))
  return paths
}
