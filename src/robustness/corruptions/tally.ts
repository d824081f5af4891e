/** Which pictures networks name wrongly, as they are and in every corruption. */
import { createHash } from 'node:crypto'
import type { Items } from '../../../datasets/dataset.js'
import { batchSize, inputBatches } from '../../activations/stream.js'
import { part } from '../../attribution/batch.js'
import type { Image } from '../../image/image.js'
import { view } from '../../image/preprocessing.js'
import { mixSeeds } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { labelled } from '../../scale/data.js'
import type { Part, Pass } from '../../scale/pass.js'
import type { Example } from '../../training/batches.js'
import { corrupt, type CorruptOptions, type Corruption } from './corrupt.js'

/** What is done to every picture. */
export interface Treatment extends Pick<CorruptOptions, 'constants' | 'scale'> {
  corruptions: readonly Corruption[]
  severities: readonly number[]
  seed: number
}

/** Bytes of a picture's digest. */
const DIGEST = 32

/** Of each network the wrong answers: on the pictures as they are, then by corruption and severity. */
export class Tally {
  readonly wrong: readonly Int32Array[]
  /** How many pictures were looked at. */
  done = 0
  /** Of each picture what the networks saw of it, in 32 bytes; zeros where it was not looked at. */
  private readonly seen: Uint8Array

  constructor(
    private readonly nets: readonly Network[],
    private readonly data: Items<Example>,
    private readonly treatment: Treatment,
    /** Which pictures of the data set may be looked at. */
    private readonly first: number,
    private readonly count: number,
  ) {
    const { corruptions, severities } = treatment
    this.wrong = nets.map(() => new Int32Array(1 + corruptions.length * severities.length))
    this.seen = new Uint8Array(count * DIGEST)
  }

  /**
   * Looks at a picture. Where the signal is aborted before it is done, it does not count.
   *
   * @throws RangeError where its label is no class of the data set, or no network's class is called so.
   */
  async look(index: number, signal?: AbortSignal): Promise<void> {
    const { nets, data, treatment } = this
    const { image, label } = await data.get(index)
    const className = data.classes[label]
    if (className === undefined)
      throw new RangeError(
        `item ${index} has the label ${label}, but there are ${data.classes.length} classes`,
      )
    const variants = new Map<string, Image[]>()
    const answers: Uint8Array[] = []
    const digest = createHash('sha256')
    for (const net of nets) {
      const { size, resize, filter } = net.preprocessing
      const key = JSON.stringify([size, resize, filter])
      let pictures = variants.get(key)
      if (!pictures) {
        const clean = view(image, net.preprocessing)
        pictures = await corruptedPictures(clean, treatment, index, signal)
        variants.set(key, pictures)
        digest.update(clean.data)
      }
      if (signal?.aborted) return
      answers.push(await mistakes(net, pictures, net.classIndex(className)))
    }
    answers.forEach((answer, n) => answer.forEach((mistake, i) => (this.wrong[n]![i]! += mistake)))
    this.seen.set(digest.digest(), (index - this.first) * DIGEST)
    this.done++
  }

  /** Names all pictures that were looked at. */
  get digest(): string {
    return createHash('sha256').update(this.seen).digest('hex')
  }

  /** All of it, for {@link add}. */
  get part(): Part {
    const { wrong, seen, count } = this
    const counts = wrong.map((data, n): [string, Part[string]] => [
      String(n),
      { type: 'int32', data, shape: [data.length] },
    ])
    return {
      ...Object.fromEntries(counts),
      seen: { type: 'uint8', data: seen, shape: [count, DIGEST] },
    }
  }

  /** Adds what others found in some of the pictures. */
  add(part: Part, first: number): void {
    this.wrong.forEach((counts, n) =>
      (part[String(n)]!.data as Int32Array).forEach((more, i) => (counts[i]! += more)),
    )
    const { data, shape } = part.seen!
    this.seen.set(data as Uint8Array, (first - this.first) * DIGEST)
    this.done += shape[0]!
  }
}

/** The same as a pass whose ranges workers share. */
export const corruptedPass: Pass<Treatment> = {
  open: (nets, data, treatment) =>
    Promise.resolve({
      async part({ first, count }) {
        const tally = new Tally(nets, labelled(data), treatment, first, count)
        for (let i = 0; i < count; i++) await tally.look(first + i)
        return tally.part
      },
    }),
}

/** A picture, then its corruptions; some of them only, where the signal is aborted. */
async function corruptedPictures(
  clean: Image,
  { corruptions, severities, seed, constants, scale }: Treatment,
  index: number,
  signal?: AbortSignal,
): Promise<Image[]> {
  const pictures = [clean]
  for (const name of corruptions)
    for (const severity of severities) {
      if (signal?.aborted) return pictures
      const options = { seed: mixSeeds(seed, index), constants, scale }
      pictures.push(await corrupt(clean, name, severity, options))
    }
  return pictures
}

/** For each picture 1 where the network takes it for something else than its class. */
async function mistakes(
  net: Network,
  images: readonly Image[],
  label: number,
): Promise<Uint8Array> {
  const wrong = new Uint8Array(images.length)
  const set = { length: images.length, get: (i: number) => images[i]! }
  for await (const { first, count, pixels } of inputBatches(net, set, batchSize(net, set.length))) {
    const scores = await net.scoresOf(pixels)
    for (let i = 0; i < count; i++) {
      const own = part(scores, i)
      wrong[first + i] = Number(own.indexOf(Math.max(...own)) !== label)
    }
  }
  return wrong
}
