/** What every verb returns: numbers, a figure of them, and where they come from. */
import type { Tensor } from './engine/tensor.js'
import type { Figure } from './figures/figure.js'
import {
  display,
  type Displayable,
  displayMetadata,
  type DisplayMetadata,
  type MimeBundle,
} from './image/display.js'
import type { Network } from './network/network.js'
import { digestOf, type Recorded, type ResultRecord, summarise } from './record.js'
import { version } from './version.js'

/** What a result was computed from and by. It is written into the notebook beside the result. */
export interface Provenance {
  method: string
  /** The network's name. */
  network: string
  /** SHA-256 of the network's graph and weights. */
  digest: string
  /**
   * SHA-256 of the normalised pixels that went into the network, or what a data set calls itself; none where
   * a method looks at the weights alone.
   */
  input?: string
  /** What the method was told, its defaults included. */
  parameters: Record<string, unknown>
  /** What ran the network: name and version. */
  engine: string
  /** The version of this library. */
  fovea: string
}

export function provenance(
  net: Network,
  method: string,
  input: Tensor | string | undefined,
  parameters: Record<string, unknown>,
): Provenance {
  return {
    method,
    network: net.name,
    digest: net.digest,
    ...(input !== undefined && { input: typeof input === 'string' ? input : digestOf(input) }),
    parameters,
    engine: net.engine.version,
    fovea: version,
  }
}

/** What shows itself by a figure, and leaves a record in a notebook. */
export abstract class Shown implements Displayable, Recorded {
  abstract get figure(): Figure
  abstract record(): ResultRecord

  [display](): MimeBundle {
    return this.figure[display]()
  }

  [displayMetadata](): DisplayMetadata {
    return this.figure[displayMetadata]()
  }

  toString(): string {
    return this.figure.toString()
  }
}

/**
 * The result of a method. As the last expression of a cell it shows its figure.
 *
 * @example
 *   const map = await viz(net).on(photo).gradcam()
 *   map.shape      // [1, 6, 6]
 *   await map.save('gradcam.png')
 */
export class Result extends Shown implements Tensor {
  readonly data: Float32Array
  readonly shape: number[]
  #figure: Figure | undefined

  constructor(
    { data, shape }: Tensor,
    readonly provenance: Provenance,
    private readonly draw: () => Figure,
  ) {
    super()
    this.data = data
    this.shape = shape
  }

  /** The figure, drawn when it is first asked for. */
  get figure(): Figure {
    return (this.#figure ??= this.draw().drawnFrom(this))
  }

  /** What a notebook keeps beside the figure: the provenance, and a summary of the numbers. */
  record(): ResultRecord {
    return { ...this.provenance, data: summarise(this) }
  }

  /** The figure as a PNG file, at twice the resolution of CSS pixels. */
  png(): Buffer {
    return this.figure.png()
  }

  /** The figure as an SVG document. */
  svg(): string {
    return this.figure.svg()
  }

  /** Saves the figure as the file name says: .png, .jpg, .webp or .svg. */
  save(path: string): Promise<void> {
    return this.figure.save(path)
  }
}
