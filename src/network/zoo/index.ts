/** The networks that Fovea knows by name. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Preprocessing } from '../../image/preprocessing.js'
import type { Graph } from '../graph.js'
import { unknownName } from '../names.js'
import { Network, type NetworkOptions } from '../network.js'
import { readSafeTensors } from '../safetensors.js'
import type { Weights } from './architecture.js'
import imagenetClasses from './imagenet-classes.json' with { type: 'json' }
import { mobilenet_v2 } from './mobilenet.js'
import { resnet18 } from './resnet.js'
import { scenesNetwork, scenesPreprocessing } from './scenes.js'
import { squeezenet1_1 } from './squeezenet.js'
import { vgg16 } from './vgg.js'

interface Entry {
  architecture: (weights: Weights) => Graph
  /** Class names; those of an embedded network stand in its weights file. */
  classes?: readonly string[]
  preprocessing: Preprocessing
  /** Where the weights of an embedded network lie in the package. */
  embedded?: string
}

/** What torchvision's classifiers expect: the statistics of ImageNet's pixels. */
const imagenet = {
  classes: imagenetClasses,
  preprocessing: {
    size: [224, 224],
    resize: 256,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  } satisfies Preprocessing,
}

const entries: Record<string, Entry> = {
  scenes: {
    architecture: scenesNetwork,
    preprocessing: scenesPreprocessing,
    embedded: 'scenes.safetensors',
  },
  squeezenet1_1: { architecture: squeezenet1_1, ...imagenet },
  vgg16: { architecture: vgg16, ...imagenet },
  resnet18: { architecture: resnet18, ...imagenet },
  mobilenet_v2: { architecture: mobilenet_v2, ...imagenet },
}

/** The names that {@link zooNetwork} takes. */
export const zooNames: readonly string[] = Object.keys(entries)

/** What {@link zooNetwork} takes besides the name. */
export interface ZooOptions extends NetworkOptions {
  /**
   * Path of the weights, a `.safetensors` file under torchvision's parameter names. Default: the embedded
   * ones, or `NAME.safetensors` or `NAME/weights.safetensors` in the folder that the environment variable
   * FOVEA_MODELS names.
   */
  weights?: string
}

/**
 * A network of the zoo with its pretrained weights.
 *
 * @param name `scenes` (embedded in the package), `squeezenet1_1`, `vgg16`, `resnet18`, `mobilenet_v2`.
 * @throws RangeError for an unknown name, naming the nearest; Error where there are no weights, saying
 *   where they were looked for, and where they are not those of this network.
 * @example const net = await zooNetwork('squeezenet1_1', { weights: 'squeezenet1_1.safetensors' })
 */
export async function zooNetwork(name: string, options: ZooOptions = {}): Promise<Network> {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined
  if (!entry) throw unknownName('network', name, zooNames)
  const file = options.weights ?? findWeights(name, entry)
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    const message = `the weights of '${name}' are not here: there is no file '${file}'`
    throw new Error(message, { cause: error })
  })
  const { tensors, metadata } = readSafeTensors(bytes, file)
  const classes = entry.classes ?? metadata.classes?.split(', ')
  const { preprocessing } = entry
  return Network.from(entry.architecture(tensors), { name, classes, preprocessing, ...options })
}

function findWeights(name: string, { embedded }: Entry): string {
  if (embedded) return embeddedFile(embedded)
  const folder = process.env.FOVEA_MODELS
  const candidates = folder
    ? [join(folder, `${name}.safetensors`), join(folder, name, 'weights.safetensors')]
    : []
  const found = candidates.find((path) => existsSync(path))
  if (found) return found
  throw new Error(
    `the weights of '${name}' are not here: ` +
      (folder
        ? `neither ${candidates.join(' nor ')} exists`
        : 'the environment variable FOVEA_MODELS names no folder to look in') +
      `. Put ${name}.safetensors there, or pass { weights: 'FILE.safetensors' }`,
  )
}

/** A file of the folder `models` of the package, seen from the sources as from the compiled files. */
export function embeddedFile(name: string): string {
  const here = fileURLToPath(import.meta.url)
  const root = here.slice(0, here.lastIndexOf(join('src', 'network', 'zoo')))
  return join(root.replace(/dist[\\/]$/, ''), 'models', name)
}
