import type { Figure, Image, Network } from '../../src/index.js'

export interface Photo {
  file: string
  image: Image
}

/** What sheets are made of. */
export interface Material {
  net: Network
  /** Those that contact sheets show. */
  photos: readonly Photo[]
  /** All in the folder. */
  all: readonly Photo[]
}

/** One picture of the gallery. A new one is a file in `sheets` and an entry in `make.ts`. */
export interface Sheet {
  /** Of the picture's file. */
  name: string
  title: string
  /** Markdown, below the title. */
  text: string
  make: (material: Material) => Promise<Figure>
}
