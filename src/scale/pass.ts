/** Passes over data sets, as methods define them: what is found in one range of pictures does not depend on the others. */
import type { Network } from '../network/network.js'
import type { TypedTensor } from '../network/graph.js'
import { readSafeTensors, writeSafeTensors } from '../network/safetensors.js'
import type { Pictures } from './data.js'

/** Consecutive pictures of a data set. */
export interface Range {
  first: number
  count: number
}

/** What is found in a range, by names of the method's choice. */
export type Part = Readonly<Record<string, TypedTensor>>

/** What a method does with a data set, range by range. */
export interface Pass<Options> {
  /**
   * Makes ready what all ranges share.
   *
   * @param options Plain JSON.
   */
  open(nets: readonly Network[], data: Pictures, options: Options): Promise<OpenPass>
}

export interface OpenPass {
  /** What is found in a range: the same wherever and in whatever order ranges are looked at. */
  part(range: Range): Promise<Part>
  /** Frees what was made ready, but for the networks. */
  close?(): Promise<void>
}

/** All passes, each in the file of its method; a job names one of them. */
export const passes = {
  unitMaxima: async () => (await import('../activations/top-units.js')).unitMaxima,
  features: async () => (await import('../embeddings/rows.js')).featuresPass,
  corrupted: async () => (await import('../robustness/corruptions/tally.js')).corruptedPass,
  attacked: async () => (await import('../robustness/attacks/attack-report.js')).attackedPass,
}

export type PassName = keyof typeof passes

/** The options of a pass. */
export type OptionsOf<Name extends PassName> =
  Awaited<ReturnType<(typeof passes)[Name]>> extends Pass<infer Options> ? Options : never

/** Bytes of a part, for files and queues. */
export const writePart = (part: Part): Uint8Array => writeSafeTensors(new Map(Object.entries(part)))

/** @throws Error where the bytes are damaged. */
export const readPart = (bytes: Uint8Array): Part =>
  Object.fromEntries(readSafeTensors(bytes, 'the part').tensors)
