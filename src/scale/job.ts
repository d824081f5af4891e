/** A pass over a data set in words that travel: plain JSON, and the networks' files. */
import { createHash } from 'node:crypto'
import type { Recipe } from '../../datasets/recipe.js'
import { imageOf } from '../activations/stream.js'
import { describeEngine, type EngineDescription, engineFrom } from '../engine/description.js'
import type { Preprocessing } from '../image/preprocessing.js'
import { Network } from '../network/network.js'
import { readOnnx, writeOnnx } from '../network/onnx-file.js'
import { version } from '../version.js'
import { quietly } from '../work/index.js'
import { filesOf, fromRecipe, type Pictures, stateOf } from './data.js'
import {
  type OpenPass,
  type OptionsOf,
  type Pass,
  passes,
  type PassName,
  type Range,
  writePart,
} from './pass.js'

/** What workers are to do. Two jobs of the same JSON have the same result. */
export interface Job {
  /** The version of this library: a pass of another one may compute something else. */
  fovea: string
  engine: EngineDescription
  pass: PassName
  options: unknown
  networks: readonly NetworkDescription[]
  data: DataDescription
  /** How many pictures, from the first on. */
  length: number
  /** How many of them make a shard; the last has what is left. */
  shard: number
}

interface NetworkDescription {
  /** SHA-256 of the network's file, which is an ONNX file of the normalised graph. */
  digest: string
  name: string
  classes: readonly string[]
  preprocessing: Preprocessing
}

interface DataDescription {
  recipe: Recipe
  /** How many pictures the whole data set has. */
  length: number
  /** SHA-256 of the paths of the files that it reads. */
  files: string
  /** SHA-256 of their sizes and times of change, which workers elsewhere need not share. */
  state: string
  /** SHA-256 of the pixels of the first picture: it stands for the code that makes or decodes them. */
  first: string
}

/** What is to be done, before it is in words. */
export interface Request<Name extends PassName> {
  pass: Name
  options: OptionsOf<Name>
  networks: readonly Network[]
  data: Pictures
  /** How many pictures, from the first on. Default: all. */
  length?: number
  /** Shards are multiples of so many pictures. Default 1. */
  batch?: number
}

/** A job has so many shards at most: each costs a message and a file, and what is lost with a worker is one of them. */
const MOST_SHARDS = 1024

/**
 * Puts a request into words.
 *
 * @throws TypeError for what cannot be put into words: pictures that exist in this process alone, and engines with
 *   settings of their own.
 */
export async function describeJob<Name extends PassName>({
  pass,
  options,
  networks,
  data,
  length = data.length,
  batch = 1,
}: Request<Name>): Promise<Job> {
  const { recipe } = data
  if (!recipe)
    throw new TypeError(
      'workers make the data set again from its description, and this one has none: its pictures, or a function ' +
        'that makes them, exist in this process alone. Scenes, folders, files, CIFAR and IDX, and what take, skip, ' +
        'select, filter, shuffle, split and concat make of them, can be described; so can what `remakeable` makes',
    )
  const [engine, ...others] = networks.map((net) => describeEngine(net.engine))
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(engine)))
    throw new TypeError('workers compute with one engine, but these networks have several')
  const files = await filesOf(recipe)
  const shard = batch * Math.ceil(length / MOST_SHARDS / batch)
  return {
    fovea: version,
    engine: engine!,
    pass,
    options,
    networks: networks.map(({ digest, name, classes, preprocessing }) => ({
      digest,
      name,
      classes,
      preprocessing,
    })),
    data: {
      recipe,
      length: data.length,
      files: sha256(files.join('\n')),
      state: await stateOf(files),
      first: await firstPicture(data),
    },
    length,
    shard,
  }
}

/** Names a job: the same digest, the same result. */
export const digestOfJob = (job: Job): string => sha256(JSON.stringify(job))

/** The file of a network of a job. */
export const networkFile = (net: Network): Uint8Array => writeOnnx(net.graph)

export const shardCount = ({ length, shard }: Job): number => Math.ceil(length / shard)

/** The pictures of a shard. */
export function rangeOf({ length, shard }: Job, index: number): Range {
  const first = index * shard
  return { first, count: Math.min(shard, length - first) }
}

/** A job that a worker has made ready. */
export interface OpenJob {
  /** The part of a shard, as bytes. */
  part(shard: number): Promise<Uint8Array>
  close(): Promise<void>
}

export interface OpenOptions {
  /** Threads that an operator is computed on. Default: one for each core. */
  threads?: number
  /** Whether code may be loaded that a data set's recipe names. */
  modules: boolean
}

/**
 * Makes a job ready: its networks, its data set, its pass.
 *
 * @param file Reads the file of a network, by its digest.
 * @throws Error where networks or pictures are not those that the job was made of; what loading throws.
 */
export async function openJob(
  job: Job,
  file: (digest: string) => Promise<Uint8Array>,
  { threads, modules }: OpenOptions,
): Promise<OpenJob> {
  if (job.fovea !== version)
    throw new Error(
      `the job is one of Fovea ${job.fovea}, but this is Fovea ${version}: workers need the same version`,
    )
  const engine = engineFrom(job.engine, threads)
  const nets = await Promise.all(
    job.networks.map(async ({ digest, ...description }) => {
      const bytes = await file(digest)
      if (sha256(bytes) !== digest)
        throw new Error(`the file of the network '${description.name}' is damaged`)
      return Network.from(readOnnx(bytes), { ...description, engine })
    }),
  )
  const data = await dataOf(job, modules)
  const pass = (await passes[job.pass]()) as Pass<unknown>
  const open: OpenPass = await pass.open(nets, data, job.options)
  return {
    part: (shard) => quietly(async () => writePart(await open.part(rangeOf(job, shard)))),
    async close() {
      await open.close?.()
      await Promise.all(nets.map((net) => net.release()))
    },
  }
}

async function dataOf({ data: expected }: Job, modules: boolean): Promise<Pictures> {
  const differ = (how: string): Error =>
    new Error(`the data set is not the same here as where the job was made: ${how}`)
  if (sha256((await filesOf(expected.recipe)).join('\n')) !== expected.files)
    throw differ('its files have other names')
  const data = await fromRecipe(expected.recipe, modules)
  if (data.length !== expected.length)
    throw differ(`it has ${data.length} pictures, not ${expected.length}`)
  if ((await firstPicture(data)) !== expected.first) throw differ('its first picture is another')
  return data
}

const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')

const firstPicture = async (data: Pictures): Promise<string> =>
  sha256(bytesOf(imageOf(await data.get(0)).data))

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
