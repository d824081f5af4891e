/**
 * CIFAR-10 and CIFAR-100 (Krizhevsky 2009, "Learning multiple layers of features from tiny images"), in
 * their binary version: records of the labels, a byte each, and 32×32 pixels, planes of red, green and blue.
 */
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Image } from '../src/image/image.js'
import { FormatError } from '../src/network/format-error.js'
import { Dataset } from './dataset.js'
import { readWhole, statOf } from './files.js'
import { type Labelled, type LabelledImage, shownAsPicture } from './picture-item.js'

export interface CifarOptions {
  /** The 50,000 pictures to train on, or the 10,000 to test on, where a folder is given. Default 'train'. */
  split?: 'train' | 'test'
}

/** What a picture of CIFAR-100 shows: its class, and the group that the class belongs to. */
export interface GroupLabelled extends Labelled {
  /** Index of the group, 0 to 19. */
  groupLabel: number
  /** The group ("superclass"), such as 'aquatic mammals'. */
  groupName: string
}

/** A picture of CIFAR-100. */
export interface GroupLabelledImage extends GroupLabelled {
  image: Image
}

const SIDE = 32
const PIXELS = 3 * SIDE * SIDE

/**
 * CIFAR-10: photographs of ten classes, 32×32 pixels.
 *
 * @param path The folder of the binary version, with `data_batch_1.bin` to `data_batch_5.bin` and
 *   `test_batch.bin`; or one such file.
 * @throws Error when it is missing; FormatError, naming the file, when one is damaged.
 * @example const test = await cifar10('cifar-10-batches-bin', { split: 'test' })
 */
export async function cifar10(
  path: string,
  options: CifarOptions = {},
): Promise<Dataset<LabelledImage, Labelled>> {
  const train = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`)
  const files = await filesOf(path, { train, test: ['test_batch.bin'] }, options, 'cifar-10')
  const records = await readRecords(files, [{ what: 'label', below: cifar10Classes.length }])
  const describe = (i: number): Labelled => {
    const label = records.byte(i, 0)
    return { label, className: cifar10Classes[label]! }
  }
  const read = (i: number): LabelledImage => {
    const known = describe(i)
    return shownAsPicture({ image: records.image(i), ...known }, known.className)
  }
  const recipe = { loader: 'cifar10', arguments: [resolve(path), options] }
  return new Dataset<LabelledImage, Labelled>(
    records.length,
    cifar10Classes,
    read,
    describe,
    recipe,
  )
}

/**
 * CIFAR-100: photographs of a hundred classes in twenty groups, 32×32 pixels.
 *
 * @param path The folder of the binary version, with `train.bin` and `test.bin`; or one such file.
 * @throws Error when it is missing; FormatError, naming the file, when it is damaged.
 * @example const test = await cifar100('cifar-100-binary', { split: 'test' })
 */
export async function cifar100(
  path: string,
  options: CifarOptions = {},
): Promise<Dataset<GroupLabelledImage, GroupLabelled>> {
  const names = { train: ['train.bin'], test: ['test.bin'] }
  const files = await filesOf(path, names, options, 'cifar-100')
  const records = await readRecords(files, [
    { what: 'group label', below: cifar100Groups.length },
    { what: 'label', below: cifar100Classes.length },
  ])
  const describe = (i: number): GroupLabelled => {
    const [groupLabel, label] = [records.byte(i, 0), records.byte(i, 1)]
    return {
      label,
      className: cifar100Classes[label]!,
      groupLabel,
      groupName: cifar100Groups[groupLabel]!,
    }
  }
  const read = (i: number): GroupLabelledImage => {
    const known = describe(i)
    return shownAsPicture(
      { image: records.image(i), ...known },
      known.className,
      `one of the ${known.groupName}`,
    )
  }
  return new Dataset<GroupLabelledImage, GroupLabelled>(
    records.length,
    cifar100Classes,
    read,
    describe,
    { loader: 'cifar100', arguments: [resolve(path), options] },
  )
}

/** The files that a path stands for. */
async function filesOf(
  path: string,
  names: Record<'train' | 'test', string[]>,
  { split = 'train' }: CifarOptions,
  archive: 'cifar-10' | 'cifar-100',
): Promise<string[]> {
  const wanted = names[split] as string[] | undefined
  if (!wanted) throw new RangeError(`split is 'train' or 'test', not '${split}'`)
  if (!(await statOf(path)).isDirectory()) {
    if (!/\.(tar|tgz|tar\.gz)$/i.test(path)) return [path]
    throw new Error(
      `${path} is an archive: unpack it (tar -xf ${basename(path)}) and give the folder that comes of it`,
    )
  }
  const present = await readdir(path)
  const missing = wanted.find((name) => !present.includes(name))
  if (missing === undefined) return wanted.map((name) => join(path, name))
  const isPython = present.includes('batches.meta') || present.includes('meta')
  const hint = isPython
    ? `it holds the Python version; the binary one (${archive}-binary.tar.gz) is needed`
    : `it has ${present.slice(0, 8).join(', ') || 'no files'}`
  throw new Error(`${path} has no ${missing}: ${hint}`)
}

interface LabelByte {
  what: string
  /** Labels are less than this. */
  below: number
}

interface Records {
  length: number
  /** A label of record `index`. */
  byte(index: number, which: number): number
  image(index: number): Image
}

/** Records of several files, one after another. */
async function readRecords(paths: string[], labels: readonly LabelByte[]): Promise<Records> {
  const size = labels.length + PIXELS
  const files: { first: number; bytes: Uint8Array }[] = []
  let length = 0
  for (const path of paths) {
    const bytes = await readWhole(path)
    checkRecords(path, bytes, size, labels)
    files.push({ first: length, bytes })
    length += bytes.length / size
  }
  const record = (index: number): Uint8Array => {
    const { first, bytes } = files.findLast(({ first }) => first <= index)!
    return bytes.subarray((index - first) * size, (index - first + 1) * size)
  }
  return {
    length,
    byte: (index, which) => record(index)[which]!,
    image: (index) => {
      const pixels = record(index).subarray(labels.length)
      return new Image(
        SIDE,
        SIDE,
        Float32Array.from(pixels, (value) => value / 255),
      )
    },
  }
}

function checkRecords(
  path: string,
  bytes: Uint8Array,
  size: number,
  labels: readonly LabelByte[],
): void {
  const damaged = (why: string): FormatError =>
    new FormatError(`${path} cannot be read as CIFAR-${labels.length === 1 ? 10 : 100}: ${why}`)
  if (bytes.length === 0) throw damaged('it is empty')
  if (bytes.length % size !== 0) {
    const other = labels.length === 1 ? 2 : 1
    const otherwise = bytes.length % (other + PIXELS) === 0
    throw damaged(
      `its ${bytes.length} bytes are no whole number of records of ${size} bytes` +
        (otherwise
          ? `, but of CIFAR-${other === 1 ? 10 : 100}: use cifar${other === 1 ? 10 : 100}`
          : '; it is cut short or another kind of file'),
    )
  }
  for (let at = 0; at < bytes.length; at += size)
    labels.forEach(({ what, below }, i) => {
      if (bytes[at + i]! >= below)
        throw damaged(
          `record ${at / size} has ${what} ${bytes[at + i]}; it is at most ${below - 1}`,
        )
    })
}

const cifar10Classes: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
]

const words = (list: string): readonly string[] => list.trim().split(/\s*,\s*/)

const cifar100Groups = words(`
  aquatic mammals, fish, flowers, food containers, fruit and vegetables, household electrical devices,
  household furniture, insects, large carnivores, large man-made outdoor things,
  large natural outdoor scenes, large omnivores and herbivores, medium-sized mammals,
  non-insect invertebrates, people, reptiles, small mammals, trees, vehicles 1, vehicles 2`)

const cifar100Classes = words(`
  apple, aquarium fish, baby, bear, beaver, bed, bee, beetle, bicycle, bottle, bowl, boy, bridge, bus,
  butterfly, camel, can, castle, caterpillar, cattle, chair, chimpanzee, clock, cloud, cockroach, couch,
  crab, crocodile, cup, dinosaur, dolphin, elephant, flatfish, forest, fox, girl, hamster, house, kangaroo,
  keyboard, lamp, lawn mower, leopard, lion, lizard, lobster, man, maple tree, motorcycle, mountain, mouse,
  mushroom, oak tree, orange, orchid, otter, palm tree, pear, pickup truck, pine tree, plain, plate, poppy,
  porcupine, possum, rabbit, raccoon, ray, road, rocket, rose, sea, seal, shark, shrew, skunk, skyscraper,
  snail, snake, spider, squirrel, streetcar, sunflower, sweet pepper, table, tank, telephone, television,
  tiger, tractor, train, trout, tulip, turtle, wardrobe, whale, willow tree, wolf, woman, worm`)
