/** The networks that Fovea knows by name. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Preprocessing } from '../../image/preprocessing.js'
import type { Graph } from '../graph.js'
import { unknownName } from '../names.js'
import { Network, type NetworkOptions } from '../network.js'
import { findWeights, readWeights, type WeightsOptions } from '../weights.js'
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
export interface ZooOptions extends NetworkOptions, Pick<WeightsOptions, 'onProgress' | 'signal'> {
  /**
   * Path of the weights under torchvision's parameter names: a `.safetensors` file or a PyTorch checkpoint.
   * Default: the embedded ones, or where {@link findWeights} finds them.
   */
  weights?: string
}

/**
 * A network of the zoo with its pretrained weights, which are fetched where they are not here.
 *
 * @param name `scenes` (embedded in the package), `squeezenet1_1`, `vgg16`, `resnet18`, `mobilenet_v2`.
 * @throws RangeError for an unknown name, naming the nearest; Error where there are no weights, saying
 *   where they were looked for, and where they are not those of this network.
 * @example const net = await zooNetwork('squeezenet1_1', { weights: 'squeezenet1_1.safetensors' })
 */
export async function zooNetwork(name: string, options: ZooOptions = {}): Promise<Network> {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined
  if (!entry) throw unknownName('network', name, zooNames)
  const { weights, onProgress, signal, ...rest } = options
  const path = weights ?? (entry.embedded && embeddedFile(entry.embedded))
  const file = await findWeights(name, { path, onProgress, signal })
  const { tensors, metadata } = await readWeights(file)
  const classes = entry.classes ?? metadata.classes?.split(', ')
  const { preprocessing } = entry
  return Network.from(entry.architecture(tensors), { name, classes, preprocessing, ...rest })
}

/** A file of the folder `models` of the package, seen from the sources as from the compiled files. */
export function embeddedFile(name: string): string {
  const here = fileURLToPath(import.meta.url)
  const root = here.slice(0, here.lastIndexOf(join('src', 'network', 'zoo')))
  return join(root.replace(/dist[\\/]$/, ''), 'models', name)
}
