/** Data sets in IDX files: MNIST, Fashion-MNIST, EMNIST and what users have in the same form. */
import { join, resolve } from 'node:path'
import { readdir } from 'node:fs/promises'
import { Image } from '../src/image/image.js'
import { FormatError } from '../src/network/format-error.js'
import { Dataset } from './dataset.js'
import { checkFolder } from './files.js'
import { type IdxArray, readIdx } from './idx.js'
import { type Labelled, type LabelledImage, shownAsPicture } from './picture-item.js'

export interface IdxImagesOptions {
  /** Class names, in the order of the labels. Default: the labels as words, '0' to the largest. */
  classes?: readonly string[]
  /**
   * The numbers that are black and white; what is beyond is as black or as white. Default [0, 255], or [0, 1]
   * where the file holds floats, and then nothing may lie beyond.
   */
  range?: readonly [black: number, white: number]
  /** Whether pictures are stored column by column, as EMNIST's are. Default false. */
  transposed?: boolean
}

/** A picture without a label. */
export interface UnlabelledImage {
  image: Image
}

/**
 * Pictures of an IDX file, as it is or compressed by gzip, with the labels of another.
 *
 * @param images A file of shape [N, height, width], or [N, height, width, 3] in colour.
 * @param labels A file of shape [N]: whole numbers from 0.
 * @throws Error for a missing file; FormatError, naming the file, for one that is damaged, of another shape,
 *   or does not belong to the other.
 * @example
 *   const letters = await idxImages(
 *     'emnist-letters-train-images-idx3-ubyte.gz',
 *     'emnist-letters-train-labels-idx1-ubyte.gz',
 *     { transposed: true },
 *   )
 */
export function idxImages(
  images: string,
  labels: string,
  options?: IdxImagesOptions,
): Promise<Dataset<LabelledImage, Labelled>>
export function idxImages(
  images: string,
  labels?: undefined,
  options?: Omit<IdxImagesOptions, 'classes'>,
): Promise<Dataset<UnlabelledImage>>
export async function idxImages(
  images: string,
  labels?: string,
  options: IdxImagesOptions = {},
): Promise<Dataset<LabelledImage, Labelled> | Dataset<UnlabelledImage>> {
  const pictures = await readPictures(images, options)
  const recipe = {
    loader: 'idxImages',
    arguments: [resolve(images), labels === undefined ? null : resolve(labels), options],
  }
  if (labels === undefined)
    return new Dataset<UnlabelledImage>(
      pictures.length,
      [],
      (i) => shownAsPicture({ image: pictures.get(i) }, `Picture ${i}`),
      undefined,
      recipe,
    )
  const { data, classes } = await readLabels(labels, options.classes)
  if (data.length !== pictures.length)
    throw new FormatError(
      `${images} has ${pictures.length} pictures, but ${labels} has ${data.length} labels`,
    )
  const describe = (i: number): Labelled => {
    const label = data[i]!
    return { label, className: classes[label]! }
  }
  return new Dataset<LabelledImage, Labelled>(
    data.length,
    classes,
    (i) => {
      const known = describe(i)
      return shownAsPicture({ image: pictures.get(i), ...known }, known.className)
    },
    describe,
    recipe,
  )
}

interface Pictures {
  length: number
  get(index: number): Image
}

async function readPictures(path: string, options: IdxImagesOptions): Promise<Pictures> {
  const array = await readIdx(path)
  const { shape, data } = array
  const [length = 0, height = 0, width = 0, channels = 1] = shape
  const isPicture = shape.length === 3 || (shape.length === 4 && [1, 3].includes(channels))
  if (!isPicture || height * width === 0)
    throw new FormatError(
      `${path} holds an array of shape [${shape.join(', ')}]; pictures have [N, height, width] or ` +
        `[N, height, width, 3]${shape.length === 1 ? ' (these may be the labels)' : ''}`,
    )
  const [black, white] = options.range ?? usualRange(array)
  if (!(Number.isFinite(black) && Number.isFinite(white) && black !== white))
    throw new RangeError(`a range has two different numbers, not ${black} and ${white}`)
  const outside = (index: number, value: number): FormatError =>
    new FormatError(
      `${path}: picture ${index} has a pixel of ${value}, where black is ${black} and white is ${white}` +
        (Number.isFinite(value) ? '; say what they are with the option range' : ''),
    )
  const size = height * width * channels
  const [wide, high] = options.transposed ? [height, width] : [width, height]
  const get = (index: number): Image => {
    const image = new Image(wide, high)
    for (let c = 0, i = 0; c < 3; c++)
      for (let y = 0; y < high; y++)
        for (let x = 0; x < wide; x++, i++) {
          const pixel = options.transposed ? x * width + y : y * width + x
          const value = data[index * size + pixel * channels + (channels === 3 ? c : 0)]!
          const inside = options.range ? Number.isFinite(value) : value >= black && value <= white
          if (!inside) throw outside(index, value)
          image.data[i] = Math.min(1, Math.max(0, (value - black) / (white - black)))
        }
    return image
  }
  return { length, get }
}

const usualRange = ({ data }: IdxArray): readonly [number, number] =>
  data instanceof Float32Array || data instanceof Float64Array ? [0, 1] : [0, 255]

/** So many classes at most are named after their labels. */
const MOST_LABELS = 65_536

async function readLabels(
  path: string,
  names: readonly string[] | undefined,
): Promise<{ data: Int32Array; classes: readonly string[] }> {
  const { shape, data } = await readIdx(path)
  if (shape.length !== 1)
    throw new FormatError(
      `${path} holds an array of shape [${shape.join(', ')}]; labels have shape [N]` +
        (shape.length > 2 ? ' (these may be the pictures)' : ''),
    )
  const limit = names?.length ?? MOST_LABELS
  let largest = -1
  for (const [i, label] of data.entries()) {
    if (!Number.isInteger(label) || label < 0 || label >= limit)
      throw new FormatError(
        `${path}: item ${i} has label ${label}; labels are whole numbers from 0 to ${limit - 1}` +
          (names ? `, as there are ${names.length} classes` : ''),
      )
    largest = Math.max(largest, label)
  }
  const classes = names ?? Array.from({ length: largest + 1 }, (_, label) => String(label))
  return { data: Int32Array.from(data), classes }
}

export interface MnistOptions {
  /** Its 60,000 pictures to train on, or the 10,000 to test on. Default 'train'. */
  split?: 'train' | 'test'
}

/**
 * MNIST: handwritten digits of 28×28 pixels (LeCun, Cortes & Burges 1998), white on black.
 *
 * @param folder Where its four files are, such as `train-images-idx3-ubyte.gz`, compressed or not.
 * @throws Error when a file is missing; FormatError, naming the file, when one is damaged.
 * @example const digits = await mnist('data/mnist', { split: 'test' })
 */
export function mnist(
  folder: string,
  options?: MnistOptions,
): Promise<Dataset<LabelledImage, Labelled>> {
  return fromFolder(folder, digits, options)
}

/**
 * Fashion-MNIST: clothes of ten kinds, 28×28 pixels (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747), in the
 * files and the form of MNIST.
 *
 * @param folder Where its four files are, such as `train-images-idx3-ubyte.gz`, compressed or not.
 * @throws Error when a file is missing; FormatError, naming the file, when one is damaged.
 * @example const clothes = await fashionMnist('data/fashion')
 */
export function fashionMnist(
  folder: string,
  options?: MnistOptions,
): Promise<Dataset<LabelledImage, Labelled>> {
  return fromFolder(folder, clothes, options)
}

const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

const clothes = [
  'T-shirt/top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
]

async function fromFolder(
  folder: string,
  classes: readonly string[],
  { split = 'train' }: MnistOptions = {},
): Promise<Dataset<LabelledImage, Labelled>> {
  const prefix = { train: 'train', test: 't10k' }[split] as string | undefined
  if (!prefix) throw new RangeError(`split is 'train' or 'test', not '${split}'`)
  await checkFolder(folder)
  const names = await readdir(folder)
  // Unpacking programs write a dot in place of the second dash, or drop '.gz'.
  const find = (kind: 'images-idx3' | 'labels-idx1'): string => {
    const usual = `${prefix}-${kind}-ubyte`
    const found = names.find((name) => name.replace(/\.gz$/, '').replace('.idx', '-idx') === usual)
    if (found) return join(folder, found)
    const visible = names.filter((name) => !name.startsWith('.')).slice(0, 8)
    throw new Error(
      `${folder} has no ${usual} nor ${usual}.gz; it has ${visible.join(', ') || 'no files'}`,
    )
  }
  return idxImages(find('images-idx3'), find('labels-idx1'), { classes })
}
