/** Fifteen ways in which a picture goes bad, each in five severities. */
import type { Image } from '../../image/image.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import { unknownName } from '../../network/names.js'
import { defocusBlur, glassBlur, motionBlur, zoomBlur } from './blur.js'
import { constants, type CorruptionConstants, type Severities } from './constants.js'
import { contrast, elastic, jpeg, pixelate } from './digital.js'
import { gaussianNoise, impulseNoise, shotNoise } from './noise.js'
import { brightness, fog, frost, snow } from './weather.js'

/** The name of a corruption, such as 'fog'. */
export type Corruption = Exclude<keyof CorruptionConstants, 'side'>

/** The corruptions by what brings them about. */
export const corruptionFamilies = {
  noise: ['gaussian noise', 'shot noise', 'impulse noise'],
  blur: ['defocus blur', 'glass blur', 'motion blur', 'zoom blur'],
  weather: ['snow', 'frost', 'fog', 'brightness'],
  digital: ['contrast', 'elastic', 'pixelate', 'jpeg'],
} as const satisfies Record<string, readonly Corruption[]>

/** All fifteen, in the order of the paper. */
export const corruptions: readonly Corruption[] = Object.values(corruptionFamilies).flat()

export interface CorruptOptions {
  /** Which noise, flakes, angle. Default: that of `%seed`, or 0. */
  seed?: number
  /** Whose severities: 'imagenet' (default), or the milder ones of 'cifar', meant for pictures of 32². */
  constants?: Severities
  /**
   * What lengths in pixels are multiplied by. Default: the shorter side as a share of 224 ('cifar': 32), so that
   * a small picture is blurred no more than a large one; 1 takes the constants as they stand.
   */
  scale?: number
}

/** What a corruption is made with: one severity's constants, randomness, and the scale of lengths. */
type Maker<C extends Corruption> = (
  image: Image,
  level: CorruptionConstants[C][number],
  random: Random,
  scale: number,
) => Image | Promise<Image>

const degrees = (low: number, high: number, random: Random): number =>
  (random.uniform(low, high) * Math.PI) / 180

const makers: { [C in Corruption]: Maker<C> } = {
  'gaussian noise': gaussianNoise,
  'shot noise': shotNoise,
  'impulse noise': impulseNoise,
  'defocus blur': (image, [radius, edge], _, scale) => defocusBlur(image, radius * scale, edge),
  'glass blur': (image, [sigma, reach, rounds], random, scale) =>
    glassBlur(image, { sigma, reach, rounds, scale }, random),
  'motion blur': (image, [radius, sigma], random, scale) =>
    motionBlur(image, {
      radius: radius * scale,
      sigma: sigma * scale,
      angle: degrees(-45, 45, random),
    }),
  'zoom blur': (image, [end, step]) => zoomBlur(image, end, step),
  snow: (image, [mean, deviation, flake, threshold, radius, sigma, share], random, scale) =>
    snow(
      image,
      {
        mean,
        deviation,
        flake: Math.max(1, flake * scale),
        threshold,
        radius: radius * scale,
        sigma: sigma * scale,
        angle: degrees(-135, -45, random),
        share,
      },
      random,
    ),
  frost: (image, [picture, ice], random, scale) => frost(image, { picture, ice, scale }, random),
  fog: (image, [thickness, decay], random) => fog(image, thickness, decay, random),
  brightness: (image, amount) => brightness(image, amount),
  contrast: (image, left) => contrast(image, left),
  elastic: (image, [strength, sigma, corners], random, scale) =>
    // Noise averages out over σ² pixels: for displacements to grow like σ, its strength grows like σ².
    elastic(
      image,
      { strength: strength * scale ** 2, sigma: sigma * scale, corners: corners * scale },
      random,
    ),
  pixelate: (image, share) => pixelate(image, share),
  jpeg: (image, quality) => jpeg(image, quality),
}

/**
 * A corrupted picture: one of fifteen kinds of noise, blur, weather and digital damage, in five severities.
 *
 * Hendrycks, Dietterich: Benchmarking neural network robustness to common corruptions and perturbations (2019),
 * with the constants of their code. It differs from the published ImageNet-C in that frost is grown from noise
 * instead of cut from photographs, motion blur (also that of snow) is our own in place of ImageMagick's, glass
 * swaps pixels where the code copies them, values are not rounded to bytes, and the result is not saved as a
 * JPEG of quality 85. Accuracies are therefore close to, but not those of the published files.
 *
 * Pictures may have any size: lengths grow with the shorter side (`scale`). Noise stays that of single pixels and
 * JPEG's blocks stay 8 pixels wide, so that both weigh more in a small picture. The same seed draws the same
 * noise at every severity. 'snow' and 'elastic' do not get worse at every step, pixel by pixel: their
 * constants trade one effect for another.
 *
 * @param severity 1 (mild) to 5. Default 3.
 * @param options {@link CorruptOptions}
 * @returns A picture of the same size, values in [0, 1].
 * @throws RangeError for an unknown corruption, naming the nearest, and options that there cannot be.
 * @example const hazy = await corrupt(photo, 'fog', 4)
 */
export async function corrupt(
  image: Image,
  corruption: Corruption,
  severity = 3,
  options: CorruptOptions = {},
): Promise<Image> {
  checkCorruption(corruption)
  checkSeverity(severity)
  const { seed = defaultSeed(), constants: whose = 'imagenet' } = options
  if (!Object.hasOwn(constants, whose))
    throw unknownName('set of constants', whose, Object.keys(constants))
  const own = constants[whose]
  const { scale = Math.min(image.width, image.height) / own.side } = options
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new RangeError(`scale is a number above 0, not ${scale}`)
  const random = new Random(mixSeeds(seed, corruptions.indexOf(corruption)))
  return make(corruption, image, own, severity, random, scale)
}

/** One generic step, so that the constants are known to be those of the corruption. */
const make = <C extends Corruption>(
  corruption: C,
  image: Image,
  own: CorruptionConstants,
  severity: number,
  random: Random,
  scale: number,
): Image | Promise<Image> => {
  const levels: readonly CorruptionConstants[C][number][] = own[corruption]
  return makers[corruption](image, levels[severity - 1]!, random, scale)
}

/** @throws RangeError for an unknown corruption, naming the nearest. */
export function checkCorruption(name: string): void {
  if (!(corruptions as readonly string[]).includes(name))
    throw unknownName('corruption', name, corruptions)
}

/** @throws RangeError for anything but a whole number from 1 to 5. */
export function checkSeverity(severity: number): void {
  if (!(Number.isInteger(severity) && severity >= 1 && severity <= 5))
    throw new RangeError(`a severity is a whole number from 1 to 5, not ${severity}`)
}
