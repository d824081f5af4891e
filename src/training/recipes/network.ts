/** The networks of the recipes: new ones, and those in the folder `models`. */
import { readFile } from 'node:fs/promises'
import { Float16Array } from '@petamoriken/float16'
import type { TypedTensor } from '../../network/graph.js'
import { Network } from '../../network/network.js'
import { readSafeTensors } from '../../network/safetensors.js'
import type { Initialiser, Weights } from '../../network/zoo/architecture.js'
import { embeddedFile } from '../../network/zoo/index.js'
import { type ScenesArchitecture, scenesPreprocessing } from '../../network/zoo/scenes.js'
import { heInitialiser, smoothKernels } from '../parameters.js'
import { classesOf, type Recipe, type RecipeName, recipeOf } from './recipes.js'

/** The network of a recipe before it is trained. */
export async function newNetwork(name: RecipeName): Promise<Network> {
  const { seed, last, architecture, training, from } = recipeOf(name)
  const weights = from ? await weightsOf(from) : smoothKernels(heInitialiser(seed, last))
  return networkOf(name, training?.architecture ?? architecture, weights)
}

/** The network of a recipe with weights as they are shipped. */
export const recipeNetwork = (name: RecipeName, weights: Weights): Promise<Network> =>
  networkOf(name, recipeOf(name).architecture, weights)

function networkOf(
  name: RecipeName,
  architecture: ScenesArchitecture,
  weights: Weights | Initialiser,
): Promise<Network> {
  const classes = classesOf(recipeOf(name))
  const preprocessing = scenesPreprocessing
  return Network.from(architecture(weights, classes.length), { name, classes, preprocessing })
}

/** The network that was made by a recipe before. */
export async function madeNetwork(name: RecipeName): Promise<Network> {
  return recipeNetwork(name, await weightsOf(name))
}

async function weightsOf(name: string): Promise<Weights> {
  const path = modelFile(name)
  return readSafeTensors(await readFile(path), path).tensors
}

export const modelFile = (name: string, ending = 'safetensors'): string =>
  embeddedFile(`${name}.${ending}`)

/** Trained weights as they are shipped and tested: without norms of the training, in half precision. */
export const shipped = (name: RecipeName, weights: Weights): Map<string, TypedTensor> =>
  halfPrecision(recipeOf(name).training?.shipped(weights) ?? weights)

/** The weights among constants, in half precision. */
export const halfPrecision = (weights: Weights): Map<string, TypedTensor> =>
  new Map(
    [...weights]
      .filter(([, { type }]) => type === 'float32')
      .map(([name, { shape, data }]) => [
        name,
        { type: 'float16', shape, data: Float16Array.from(data as Float32Array) },
      ]),
  )

/** What is written into a weights file beside the weights. */
export const metadataOf = (recipe: Recipe): Record<string, string> => ({
  classes: classesOf(recipe).join(', '),
  recipe: JSON.stringify({
    ...recipe,
    architecture: undefined,
    training: undefined,
    about: undefined,
  }),
})
