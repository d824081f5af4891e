import type { Graph, TypedTensor } from '../network/graph.js'

/** What runs graphs. Every graph of the library must run on every engine, with the same results. */
export interface Engine {
  /** Short name: `onnx`, `tensorflow`. */
  readonly name: string
  /**
   * The package and version that computes, for provenance: `onnxruntime-node 1.30.0`. Where an engine
   * has several ways to compute it says which, at the latest once it has compiled something.
   */
  readonly version: string
  /**
   * How many numbers the largest value of a graph may have, where a batch that is run in parts which have no more is
   * faster than at once. Default: any number.
   */
  readonly activations?: number
  /** Prepares a graph to run. */
  compile(graph: Graph): Promise<Program>
}

/** A compiled graph. */
export interface Program {
  /**
   * Runs the graph once.
   *
   * @param feeds One tensor for each input of the graph.
   * @returns One tensor for each output, by name.
   */
  run(feeds: Record<string, TypedTensor>): Promise<Record<string, TypedTensor>>
  /** Frees the memory that the compiled graph holds. */
  release(): Promise<void>
}
