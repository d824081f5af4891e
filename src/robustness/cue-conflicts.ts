/** The pictures of Geirhos et al., or one's own in the same order of folders. */
import { basename } from 'node:path'
import { Dataset } from '../../datasets/dataset.js'
import { imageFolder } from '../../datasets/folder.js'
import type { Image } from '../image/image.js'

/** A cue-conflict picture of a file. */
export interface CueConflictFile {
  image: Image
  label: number
  /** The class of the shape: its folder. */
  className: string
  /** The class of the texture, from the file's name. */
  texture: string
}

/**
 * Cue-conflict pictures from a folder with one folder for each shape, whose files name shape and texture, as
 * `cat/cat7-elephant1.png`: the authors' 1280 pictures (github.com/rgeirhos/texture-vs-shape, `stimuli`) are such a
 * folder. Of those, 80 have both of one class; {@link shapeTexture} leaves them out.
 *
 * @throws Error for a folder that is missing or has no class folders; RangeError for files with other names.
 * @example await shapeTexture([alexnet, resnet], await cueConflicts('style-transfer-preprocessed-512'))
 */
export async function cueConflicts(folder: string): Promise<Dataset<Promise<CueConflictFile>>> {
  const files = await imageFolder(folder)
  const textures = files.files.map(({ name }) => textureOf(name))
  return new Dataset<Promise<CueConflictFile>>(files.length, files.classes, async (i) => {
    const { image, label, className } = await files.get(i)
    return { image, label, className, texture: textures[i]! }
  })
}

/** `cat/cat7-elephant1.png`: elephant. */
function textureOf(path: string): string {
  const found = /^[^-]+-([a-z ]+?)\d*\.\w+$/i.exec(basename(path))?.[1]
  if (found) return found
  throw new RangeError(
    `the file ${path} does not name its texture: expected a name such as cat7-elephant1.png`,
  )
}
