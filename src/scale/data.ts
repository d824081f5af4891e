/** Data sets made again from their recipes. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { cifar10, cifar100 } from '../../datasets/cifar.js'
import { Dataset, type Items } from '../../datasets/dataset.js'
import { statOf } from '../../datasets/files.js'
import { imageFolder } from '../../datasets/folder.js'
import { imagesBelow } from '../../datasets/image-files.js'
import { images } from '../../datasets/images.js'
import { idxImages, type IdxImagesOptions } from '../../datasets/mnist.js'
import type { Recipe, RecipeStep } from '../../datasets/recipe.js'
import { scenes } from '../../datasets/scenes/index.js'
import { imageOf, type Pictured } from '../activations/stream.js'
import type { Example } from '../training/batches.js'
import { make } from '../training/prefetch.js'

/** A data set as passes take it. Where a pass needs labels, its method has checked that there are some. */
export interface Pictures {
  readonly length: number
  readonly classes?: readonly string[]
  readonly recipe?: Recipe
  get(index: number): Pictured | Promise<Pictured>
}

/**
 * The same as pictures with labels.
 *
 * @throws TypeError, when it is read, for an item without a label.
 */
export function labelled(data: Pictures): Items<Example> {
  return {
    length: data.length,
    classes: data.classes ?? [],
    async get(index) {
      const item = await data.get(index)
      if ('label' in item && typeof item.label === 'number')
        return { image: imageOf(item), label: item.label }
      throw new TypeError(`item ${index} of the data set has no label`)
    },
  }
}

type Loader = (...given: never[]) => Pictures | Promise<Pictures>

/** By the names that recipes call them. What a loader is given is what it wrote down itself. */
const loaders: Record<string, Loader> = {
  scenes,
  imageFolder,
  images,
  cifar10,
  cifar100,
  idxImages: (pixels: string, labels: string | null, options: IdxImagesOptions) =>
    labels === null ? idxImages(pixels, undefined, options) : idxImages(pixels, labels, options),
  remakeable: (module: string, maker: string, options: unknown) => make({ module, maker, options }),
}

/**
 * The data set that a recipe describes.
 *
 * @param modules Whether code may be loaded that the recipe names, as those of `remakeable` do.
 * @throws Error where the recipe is of another version, or names code that may not be loaded; what loading throws.
 */
export async function fromRecipe(recipe: Recipe, modules: boolean): Promise<Pictures> {
  if ('concat' in recipe) {
    const [first, ...others] = await Promise.all(
      recipe.concat.map(async (one) => asDataset(await fromRecipe(one, modules))),
    )
    return first!.concat(...others)
  }
  if ('of' in recipe) return followed(asDataset(await fromRecipe(recipe.of, modules)), recipe.step)
  const loader = Object.hasOwn(loaders, recipe.loader) ? loaders[recipe.loader] : undefined
  if (!loader) throw new Error(`a data set of the kind '${recipe.loader}' is not known here`)
  if (recipe.loader === 'remakeable' && !modules)
    throw new Error(
      `the data set is made by the module ${String(recipe.arguments[0])}, which this worker may not load ` +
        'unless it was started with --modules',
    )
  return loader(...(recipe.arguments as never[]))
}

/** Only data sets of this class write steps into recipes. */
function asDataset(data: Pictures): Dataset<Pictured> {
  if (data instanceof Dataset) return data as Dataset<Pictured>
  throw new Error('the recipe of the data set takes a part of something that has no parts')
}

function followed(data: Dataset<Pictured>, step: RecipeStep): Dataset<Pictured> {
  const [what, value] = step
  switch (what) {
    case 'take':
      return data.take(value)
    case 'skip':
      return data.skip(value)
    case 'shuffle':
      return data.shuffle(value)
    case 'select':
      return data.select(value)
  }
}

/** All files that a recipe names, those of folders included, in an order that is the same everywhere. */
export async function filesOf(recipe: Recipe): Promise<string[]> {
  const parts = 'concat' in recipe ? recipe.concat : 'of' in recipe ? [recipe.of] : []
  const places = 'arguments' in recipe ? recipe.arguments.flat() : []
  const found = await Promise.all([
    ...parts.map(filesOf),
    ...places
      .filter((place): place is string => typeof place === 'string' && isAbsolute(place))
      .map(async (path) => ((await statOf(path)).isDirectory() ? imagesBelow(path) : [path])),
  ])
  return found.flat()
}

/** So many files are asked for their size at once. */
const AT_ONCE = 64

/** SHA-256 of the files' sizes and times of change: another one, where any was replaced. */
export async function stateOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (let i = 0; i < files.length; i += AT_ONCE)
    for (const { size, mtimeMs } of await Promise.all(
      files.slice(i, i + AT_ONCE).map((file) => stat(file)),
    ))
      hash.update(`${size} ${mtimeMs}\n`)
  return hash.digest('hex')
}
