/** Checkpoints: all that a training needs to go on as if nothing had happened. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { float32, type TypedTensor } from '../network/graph.js'
import { readSafeTensors, type SafeTensors, writeSafeTensors } from '../network/safetensors.js'

/** The state of a training after some steps. Batches, masks and attacks follow from seed and step. */
export interface TrainingState {
  /** Steps that were taken. */
  step: number
  /** Weights and running statistics by their names in the graph. */
  readonly weights: ReadonlyMap<string, TypedTensor>
  /** What the optimiser remembers of each weight. */
  readonly memory: ReadonlyMap<string, readonly Float32Array[]>
  /** What was measured, such as the `loss` of every step so far. */
  readonly history: Record<string, number[]>
}

/** Writes a file whole or not at all: under another name first. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, content)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Writes a checkpoint as safetensors: weights under their own names, so that they can be loaded by
 * themselves.
 *
 * @param recipe What the training was told; resuming with anything else is refused.
 */
export async function saveCheckpoint(
  path: string,
  state: TrainingState,
  recipe: string,
): Promise<void> {
  const tensors = new Map(state.weights)
  for (const [name, arrays] of state.memory)
    arrays.forEach((data, i) => tensors.set(`optimizer.${i}.${name}`, float32(data, [data.length])))
  for (const [name, values] of Object.entries(state.history))
    tensors.set(HISTORY + name, {
      type: 'float64',
      shape: [values.length],
      data: Float64Array.from(values),
    })
  const metadata = { format: FORMAT, step: String(state.step), recipe }
  await replaceFile(path, writeSafeTensors(tensors, metadata))
}

/**
 * Reads a checkpoint into the state of a training that has just begun.
 *
 * @returns The state; its arrays of weights and memory are those given, filled.
 * @throws Error where the file is no checkpoint, or one of another network or recipe.
 */
export async function loadCheckpoint(
  path: string,
  fresh: Pick<TrainingState, 'weights' | 'memory'>,
  recipe: string,
): Promise<TrainingState> {
  const { tensors, metadata } = await read(path, recipe)
  const fill = (array: TypedTensor['data'], name: string): void => {
    const saved = tensors.get(name)
    if (saved?.data.length !== array.length)
      throw new Error(`${path} is of another network: its '${name}' does not fit`)
    ;(array as Float32Array).set(saved.data as Float32Array)
  }
  for (const [name, { data }] of fresh.weights) fill(data, name)
  for (const [name, arrays] of fresh.memory)
    arrays.forEach((array, i) => fill(array, `optimizer.${i}.${name}`))
  const history = Object.fromEntries(
    [...tensors].flatMap(([name, { data }]) =>
      name.startsWith(HISTORY)
        ? [[name.slice(HISTORY.length), Array.from(data as Float64Array)] as const]
        : [],
    ),
  )
  return { ...fresh, step: Number(metadata.step), history }
}

/** The weights of a checkpoint by themselves. */
export async function loadWeights(
  path: string,
  recipe: string,
  names: Iterable<string>,
): Promise<Map<string, TypedTensor>> {
  const { tensors } = await read(path, recipe)
  return new Map(
    [...names].map((name) => {
      const tensor = tensors.get(name)
      if (!tensor) throw new Error(`${path} is of another network: it has no '${name}'`)
      return [name, tensor]
    }),
  )
}

async function read(path: string, recipe: string): Promise<SafeTensors> {
  const file = readSafeTensors(await readFile(path), path)
  const { format, recipe: written = 'unknown' } = file.metadata
  if (format !== FORMAT) throw new Error(`${path} is no checkpoint of a training`)
  if (written !== recipe)
    throw new Error(`${path} is of another training: ${written}; this one is ${recipe}`)
  return file
}

const FORMAT = 'fovea checkpoint 1'
const HISTORY = 'history.'
