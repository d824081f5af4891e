/** The five severities of every corruption, as Hendrycks & Dietterich (2019) have them. */

/** One value for each severity, the mildest first. */
export type Levels<T> = readonly [T, T, T, T, T]

/** What the severities of each corruption mean. Lengths are in pixels of a picture of the paper's size. */
export interface CorruptionConstants {
  /** The shorter side of the pictures that the lengths are meant for. */
  side: number
  /** Standard deviation of the noise. */
  'gaussian noise': Levels<number>
  /** Photons that a value of 1 stands for: fewer, noisier. */
  'shot noise': Levels<number>
  /** The share of values that become 0 or 1. */
  'impulse noise': Levels<number>
  /** Radius of the disk, and σ of the blur of its edge (in pixels of any picture). */
  'defocus blur': Levels<readonly [radius: number, edge: number]>
  /** σ of the blur before and after, how far pixels move, and how often. */
  'glass blur': Levels<readonly [sigma: number, reach: number, rounds: number]>
  /** Half the length of the trail, and σ of its fading. */
  'motion blur': Levels<readonly [radius: number, sigma: number]>
  /** The pictures averaged are enlarged by 1, 1 + step, … below end. */
  'zoom blur': Levels<readonly [end: number, step: number]>
  /** Mean and deviation of the noise, size of a flake, threshold, its trail as in motion blur, the picture's share. */
  snow: Levels<
    readonly [
      mean: number,
      deviation: number,
      flake: number,
      threshold: number,
      radius: number,
      sigma: number,
      share: number,
    ]
  >
  /** Shares of the picture and of the ice. */
  frost: Levels<readonly [picture: number, ice: number]>
  /** How thick it is, and how fast its detail decays from scale to scale. */
  fog: Levels<readonly [thickness: number, decay: number]>
  /** Added to the value of HSV. */
  brightness: Levels<number>
  /** What is left of it. */
  contrast: Levels<number>
  /** Strength and σ of the displacement, and how far the corners of the affine map move. */
  elastic: Levels<readonly [strength: number, sigma: number, corners: number]>
  /** The side of the small picture, as a share. */
  pixelate: Levels<number>
  /** The quality, 0 to 100. */
  jpeg: Levels<number>
}

/** ImageNet-C, for pictures of 224². */
const imagenet: CorruptionConstants = {
  side: 224,
  'gaussian noise': [0.08, 0.12, 0.18, 0.26, 0.38],
  'shot noise': [60, 25, 12, 5, 3],
  'impulse noise': [0.03, 0.06, 0.09, 0.17, 0.27],
  'defocus blur': [
    [3, 0.1],
    [4, 0.5],
    [6, 0.5],
    [8, 0.5],
    [10, 0.5],
  ],
  'glass blur': [
    [0.7, 1, 2],
    [0.9, 2, 1],
    [1, 2, 3],
    [1.1, 3, 2],
    [1.5, 4, 2],
  ],
  'motion blur': [
    [10, 3],
    [15, 5],
    [15, 8],
    [15, 12],
    [20, 15],
  ],
  'zoom blur': [
    [1.11, 0.01],
    [1.16, 0.01],
    [1.21, 0.02],
    [1.26, 0.02],
    [1.31, 0.03],
  ],
  snow: [
    [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
    [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
    [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
    [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
    [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
  ],
  frost: [
    [1, 0.4],
    [0.8, 0.6],
    [0.7, 0.7],
    [0.65, 0.7],
    [0.6, 0.75],
  ],
  fog: [
    [1.5, 2],
    [2, 2],
    [2.5, 1.7],
    [2.5, 1.5],
    [3, 1.4],
  ],
  brightness: [0.1, 0.2, 0.3, 0.4, 0.5],
  contrast: [0.4, 0.3, 0.2, 0.1, 0.05],
  // Shares of 244 pixels: a slip of the authors' code that the benchmark has kept.
  elastic: [
    [2 * 244, 0.7 * 244, 0.1 * 244],
    [2 * 244, 0.08 * 244, 0.2 * 244],
    [0.05 * 244, 0.01 * 244, 0.02 * 244],
    [0.07 * 244, 0.01 * 244, 0.02 * 244],
    [0.12 * 244, 0.01 * 244, 0.02 * 244],
  ],
  pixelate: [0.6, 0.5, 0.4, 0.3, 0.25],
  jpeg: [25, 18, 15, 10, 7],
}

/** CIFAR-10-C, for pictures of 32². */
const cifar: CorruptionConstants = {
  side: 32,
  'gaussian noise': [0.04, 0.06, 0.08, 0.09, 0.1],
  'shot noise': [500, 250, 100, 75, 50],
  'impulse noise': [0.01, 0.02, 0.03, 0.05, 0.07],
  'defocus blur': [
    [0.3, 0.4],
    [0.4, 0.5],
    [0.5, 0.6],
    [1, 0.2],
    [1.5, 0.1],
  ],
  'glass blur': [
    [0.05, 1, 1],
    [0.25, 1, 1],
    [0.4, 1, 1],
    [0.25, 1, 2],
    [0.4, 1, 2],
  ],
  'motion blur': [
    [6, 1],
    [6, 1.5],
    [6, 2],
    [8, 2],
    [9, 2.5],
  ],
  'zoom blur': [
    [1.06, 0.01],
    [1.11, 0.01],
    [1.16, 0.01],
    [1.21, 0.01],
    [1.26, 0.01],
  ],
  snow: [
    [0.1, 0.2, 1, 0.6, 8, 3, 0.95],
    [0.1, 0.2, 1, 0.5, 10, 4, 0.9],
    [0.15, 0.3, 1.75, 0.55, 10, 4, 0.9],
    [0.25, 0.3, 2.25, 0.6, 12, 6, 0.85],
    [0.3, 0.3, 1.25, 0.65, 14, 12, 0.8],
  ],
  frost: [
    [1, 0.2],
    [1, 0.3],
    [0.9, 0.4],
    [0.85, 0.4],
    [0.75, 0.45],
  ],
  fog: [
    [0.2, 3],
    [0.5, 3],
    [0.75, 2.5],
    [1, 2],
    [1.5, 1.75],
  ],
  brightness: [0.05, 0.1, 0.15, 0.2, 0.3],
  contrast: [0.75, 0.5, 0.4, 0.3, 0.15],
  elastic: [
    [0, 0, 0.08 * 32],
    [0.05 * 32, 0.2 * 32, 0.07 * 32],
    [0.08 * 32, 0.06 * 32, 0.06 * 32],
    [0.1 * 32, 0.04 * 32, 0.05 * 32],
    [0.1 * 32, 0.03 * 32, 0.03 * 32],
  ],
  pixelate: [0.95, 0.9, 0.85, 0.75, 0.65],
  jpeg: [80, 65, 58, 50, 40],
}

export const constants = { imagenet, cifar } as const

/** Whose severities: those of ImageNet-C, or the milder ones of CIFAR-10-C. */
export type Severities = keyof typeof constants
