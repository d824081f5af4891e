/** Pictures without classes. */
import { basename, relative, resolve, sep } from 'node:path'
import type { Image } from '../src/image/image.js'
import { type ImageSource, loadImage } from '../src/image/load.js'
import { Dataset } from './dataset.js'
import { statOf } from './files.js'
import { imagesBelow } from './image-files.js'
import { shownAsPicture } from './picture-item.js'
import type { Recipe } from './recipe.js'

/** A picture and what it is called. */
export interface NamedImage {
  /** The file's name, below the folder where one was given. */
  name: string
  image: Image
}

/**
 * Pictures without classes: one file, the files of a list, or all images in a folder and below it, in the
 * order of their names. They are read when they are asked for, and keep the size they have.
 *
 * @param sources Paths of files or of one folder; or whatever else an image is loaded from.
 * @throws Error for a file or folder that is missing, naming the nearest, or a folder without images. Reading
 *   an item throws an Error that names the file where that is no image.
 * @example
 *   const photos = await images('photos')
 *   const { image, name } = await photos.get(0)
 * @example const two = await images(['cat.jpg', 'dog.jpg'])
 */
export async function images(
  sources: ImageSource | readonly ImageSource[],
): Promise<Dataset<Promise<NamedImage>, { name: string }>> {
  const named = isList(sources) ? sources.map(withName) : await fromOne(sources)
  return new Dataset<Promise<NamedImage>, { name: string }>(
    named.length,
    [],
    async (i) => {
      const { name, source } = named[i]!
      return shownAsPicture({ name, image: await loadImage(source) }, name)
    },
    (i) => ({ name: named[i]!.name }),
    recipeOf(sources),
  )
}

/** Paths and addresses travel; pictures in memory do not. */
function recipeOf(sources: ImageSource | readonly ImageSource[]): Recipe | undefined {
  const whole = (source: string | URL): string =>
    source instanceof URL || isAddress(source) ? String(source) : resolve(source)
  const travels = (source: ImageSource): source is string | URL =>
    typeof source === 'string' || source instanceof URL
  if (!isList(sources))
    return travels(sources) ? { loader: 'images', arguments: [whole(sources)] } : undefined
  return sources.every(travels) ? { loader: 'images', arguments: [sources.map(whole)] } : undefined
}

const isAddress = (source: string): boolean => /^\w{2,}:/.test(source)

interface Named {
  name: string
  source: ImageSource
}

const isList = (sources: ImageSource | readonly ImageSource[]): sources is readonly ImageSource[] =>
  Array.isArray(sources)

/** A path or an address by its last part; what has no name, by its number. */
function withName(source: ImageSource, index: number): Named {
  const away = source instanceof URL || (typeof source === 'string' && isAddress(source))
  if (away && /^data:/i.test(String(source))) return { name: `image ${index}`, source }
  if (away) return { name: basename(new URL(source).pathname), source }
  return { name: typeof source === 'string' ? basename(source) : `image ${index}`, source }
}

async function fromOne(source: ImageSource): Promise<Named[]> {
  const one = withName(source, 0)
  if (typeof source !== 'string' || isAddress(source)) return [one]
  if (!(await statOf(source)).isDirectory()) return [one]
  const paths = await imagesBelow(source)
  if (paths.length === 0) throw new Error(`${source} has no images, nor have the folders in it`)
  return paths.map((path) => ({ name: relative(source, path).split(sep).join('/'), source: path }))
}
