import { createCanvas, type Canvas } from 'canvas'
import { randomUUID } from 'node:crypto'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { distance } from 'fastest-levenshtein'

/** Writes a file whole or not at all: under a temporary name first, which is then renamed. */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await writeFile(temporary, data)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    if (isMissing(error))
      throw new Error(`cannot save ${path}: there is no folder ${dirname(path)}`, { cause: error })
    throw error
  }
}

const encoders: Record<string, (canvas: Canvas) => Buffer> = {
  '.png': (canvas) => canvas.toBuffer('image/png'),
  '.jpg': (canvas) => onWhite(canvas).toBuffer('image/jpeg', 92),
  '.jpeg': (canvas) => onWhite(canvas).toBuffer('image/jpeg', 92),
  '.webp': (canvas) => canvas.toBuffer('image/webp', 92),
}

/** The picture without transparency, which JPEG does not know and would show black. */
export function onWhite(canvas: Canvas): Canvas {
  const opaque = createCanvas(canvas.width, canvas.height)
  const context = opaque.getContext('2d')
  context.fillStyle = 'white'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(canvas, 0, 0)
  return opaque
}

/**
 * Saves a picture in the format that the file name ends in: .png (lossless), .jpg or .webp.
 *
 * @throws RangeError for any other ending.
 */
export async function savePicture(path: string, canvas: () => Canvas): Promise<void> {
  const extension = extname(path).toLowerCase()
  const encode = encoders[extension]
  if (!encode)
    throw new RangeError(
      `cannot save ${path}: ${extension ? `unknown picture format ${extension}` : 'its name has no extension'}; ` +
        `use one of ${Object.keys(encoders).join(', ')}`,
    )
  await writeWhole(path, encode(canvas()))
}

/** Names in the folder of a missing file that resemble its name, the nearest first. */
export async function similarFiles(path: string, count = 3): Promise<string[]> {
  const wanted = basename(path).toLowerCase()
  const names = await readdir(dirname(path)).catch(() => [])
  return names
    .map((name) => ({ name, edits: distance(wanted, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= Math.max(3, wanted.length / 2))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, count)
    .map(({ name }) => name)
}

/** Whether an error of the file system says that the file, or its folder, does not exist. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
