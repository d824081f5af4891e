/** The networks that Fovea knows by name. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Preprocessing } from '../../image/preprocessing.js'
import type { Graph } from '../graph.js'
import { unknownName } from '../names.js'
import { Network, type NetworkOptions } from '../network.js'
import { findWeights, readWeights, type WeightsOptions } from '../weights.js'
import type { Size, Weights } from './architecture.js'
import imagenetClasses from './imagenet-classes.json' with { type: 'json' }
import {
  fastStylePreprocessing,
  mixedWeights,
  styleCount,
  transformerNetwork,
} from './fast-style.js'
import { scenesNetwork, scenesPreprocessing, scenesResidual, scenesStride4 } from './scenes.js'
import { type Classifier, torchvision } from './torchvision.js'

interface Entry {
  architecture: (weights: Weights, size: Size) => Graph
  /** Class names; those of an embedded network stand in its weights file. */
  classes?: readonly string[]
  preprocessing: Preprocessing
  /** Where the weights of an embedded network lie in the package. */
  embedded?: string
}

/** In the package: `models` holds their weights and says how they were made. */
const embedded = {
  scenes: scenesNetwork,
  // The same in the course of its training, after so many images.
  'scenes-6.4k': scenesNetwork,
  'scenes-32k': scenesNetwork,
  // With a planted bias: wolves on snow, foxes on grass.
  'scenes-biased': scenesNetwork,
  // Trained on adversarial images.
  'scenes-robust': scenesNetwork,
  // With the first layer of AlexNet, for comparison.
  'scenes-stride4': scenesStride4,
  // A small ResNet, for comparison.
  'scenes-residual': scenesResidual,
}

const entries: Record<string, Entry> = {}
for (const [name, architecture] of Object.entries(embedded))
  entries[name] = {
    architecture: (weights) => architecture(weights),
    preprocessing: scenesPreprocessing,
    embedded: `${name}.safetensors`,
  }
// In the first of its styles; `StyleModel` has the others.
entries['fast-style'] = {
  architecture: (weights, size) =>
    transformerNetwork(
      mixedWeights(
        weights,
        Array.from({ length: styleCount(weights) }, (_, i) => (i === 0 ? 1 : 0)),
      ),
      { size },
    ),
  preprocessing: fastStylePreprocessing,
  embedded: 'fast-style.safetensors',
}
for (const [name, classifier] of Object.entries<Classifier>(torchvision))
  entries[name] = { ...classifier, classes: imagenetClasses }

/** The names that {@link zooNetwork} takes. */
export const zooNames: readonly string[] = Object.keys(entries)

/** What a network of the zoo takes besides its name. */
export interface ZooOptions extends NetworkOptions, Pick<WeightsOptions, 'onProgress' | 'signal'> {
  /**
   * Path of the weights under torchvision's parameter names: a `.safetensors` file or a PyTorch checkpoint.
   * Default: the embedded ones, or those of `FOVEA_MODELS`, of the cache, or fetched.
   */
  weights?: string
}

/**
 * A network of the zoo with its pretrained weights, which are fetched where they are not here.
 *
 * @param name `scenes` and its like, embedded in the package, or one of torchvision's: {@link zooNames} has all.
 * @param options.preprocessing Its `size` may be another than the network was trained on.
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
  const preprocessing = options.preprocessing ?? entry.preprocessing
  const graph = entry.architecture(tensors, preprocessing.size)
  return Network.from(graph, { name, classes, ...rest, preprocessing })
}

/** A file of the folder `models` of the package, seen from the sources as from the compiled files. */
export function embeddedFile(name: string): string {
  const here = fileURLToPath(import.meta.url)
  const root = here.slice(0, here.lastIndexOf(join('src', 'network', 'zoo')))
  return join(root.replace(/dist[\\/]$/, ''), 'models', name)
}
