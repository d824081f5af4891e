/** A folder of class folders. */
import { join, relative, resolve, sep } from 'node:path'
import { distance } from 'fastest-levenshtein'
import type { Image } from '../src/image/image.js'
import { loadImage } from '../src/image/load.js'
import { follow } from '../src/work/work.js'
import { Dataset } from './dataset.js'
import { checkFolder, messageOf } from './files.js'
import { entriesOf, imagesBelow } from './image-files.js'
import { type Labelled, shownAsPicture } from './picture-item.js'
import type { Recipe } from './recipe.js'

/** What is known of a picture in a class folder before it is read. */
export interface InFolder extends Labelled {
  /** Where the file is below the data set's folder: 'dogs/rex/1.jpg'. */
  name: string
  path: string
}

/** A picture of a class folder. */
export interface ImageInFolder extends InFolder {
  image: Image
}

/** A file that was left out, and why. */
export interface SkippedFile {
  path: string
  reason: string
}

export interface ImageFolderOptions {
  /** Which class folders, in the order of their labels. Default: all, in the order of their names. */
  classes?: readonly string[]
  /**
   * What becomes of files that cannot be read as images: 'throw' says so when such an item is read; 'skip'
   * reads all files once at the start, with a progress bar, and leaves those out, with a warning. Default 'throw'.
   */
  broken?: 'throw' | 'skip'
}

/** The images of a folder of class folders: what {@link imageFolder} gives. */
export class ImageFolder extends Dataset<Promise<ImageInFolder>, InFolder> {
  constructor(
    classes: readonly string[],
    readonly files: readonly InFolder[],
    /** Files that were left out because they cannot be read. */
    readonly skipped: readonly SkippedFile[] = [],
    recipe?: Recipe,
  ) {
    super(
      files.length,
      classes,
      (i) => readFile(files[i]!),
      (i) => files[i]!,
      recipe,
    )
  }
}

async function readFile(file: InFolder): Promise<ImageInFolder> {
  const image = await loadImage(file.path)
  return shownAsPicture({ image, ...file }, file.className, file.name)
}

/**
 * A folder of class folders: each image belongs to the class whose folder, directly in `folder`, it lies in,
 * at whatever depth. Files that are hidden (their name begins with a dot) or no images by their name are
 * passed over. Images are read when they are asked for, and keep the size they have.
 *
 * @param folder holds one folder per class, of JPEG, PNG, WebP, GIF or AVIF files
 * @throws Error for a folder that is missing, naming the nearest, or has no class folders; for a class
 *   without images. Reading an item throws an Error that names the file where that is no image.
 * @example
 *   const pets = await imageFolder('photos') // photos/cat/1.jpg, photos/dog/rex/7.png, …
 *   const { train, test } = pets.split({ train: 0.8, test: 0.2 }, { stratified: true })
 *   for await (const batch of train.batches(32, { shuffle: true })) console.log(batch[0].className)
 */
export async function imageFolder(
  folder: string,
  { classes: chosen, broken = 'throw' }: ImageFolderOptions = {},
): Promise<ImageFolder> {
  if (!['throw', 'skip'].includes(broken))
    throw new RangeError(`broken is 'throw' or 'skip', not '${broken}'`)
  await checkFolder(folder)
  const found = await entriesOf(folder)
  const folders = found.filter(({ kind }) => kind === 'folder').map(({ name }) => name)
  if (folders.length === 0) {
    const images = found.filter(({ kind }) => kind === 'image').length
    throw new Error(
      `${folder} has no class folders` +
        (images > 0 ? `, but ${images} images: without classes, read them with images` : ''),
    )
  }
  const classes = chosen ?? folders
  checkClasses(folder, classes, folders)
  const files: InFolder[] = []
  for (const [label, className] of classes.entries()) {
    const before = files.length
    for (const path of await imagesBelow(join(folder, className)))
      files.push({
        label,
        className,
        name: relative(folder, path).split(sep).join('/'),
        path,
      })
    if (files.length === before)
      throw new Error(
        `the class folder ${join(folder, className)} has no images; put some there or choose \`classes\` without it`,
      )
  }
  const recipe = { loader: 'imageFolder', arguments: [resolve(folder), { classes }] }
  return broken === 'skip'
    ? readableOnly(classes, files, recipe)
    : new ImageFolder(classes, files, [], recipe)
}

function checkClasses(folder: string, chosen: readonly string[], present: readonly string[]): void {
  if (chosen.length === 0) throw new RangeError('at least one class is needed')
  for (const [i, name] of chosen.entries()) {
    if (chosen.indexOf(name) !== i) throw new RangeError(`class '${name}' is given twice`)
    if (present.includes(name)) continue
    const near = present.toSorted((a, b) => distance(name, a) - distance(name, b)).slice(0, 3)
    throw new RangeError(
      `${folder} has no class folder '${name}'; the nearest are ${near.map((n) => `'${n}'`).join(', ')}`,
    )
  }
}

async function readableOnly(
  classes: readonly string[],
  files: readonly InFolder[],
  recipe: Recipe,
): Promise<ImageFolder> {
  const skipped: SkippedFile[] = []
  const attempts = new Dataset(files.length, classes, async (i) => {
    const { path } = files[i]!
    return loadImage(path).then(
      () => undefined,
      (error: unknown): SkippedFile => ({ path, reason: messageOf(error) }),
    )
  })
  for await (const failed of follow(attempts as Dataset<unknown>, {
    label: 'Checking images',
    unit: 'images',
  }))
    if (failed) skipped.push(failed as SkippedFile)
  if (skipped.length > 0) {
    const some = skipped.slice(0, 5).map(({ reason }) => `\n  ${reason}`)
    const more = skipped.length > 5 ? `\n  and ${skipped.length - 5} more` : ''
    console.warn(`${skipped.length} of ${files.length} images are left out:${some.join('')}${more}`)
  }
  const left = new Set(skipped.map(({ path }) => path))
  const kept = [...files.keys()].filter((i) => !left.has(files[i]!.path))
  return new ImageFolder(
    classes,
    kept.map((i) => files[i]!),
    skipped,
    { of: recipe, step: ['select', kept] },
  )
}
