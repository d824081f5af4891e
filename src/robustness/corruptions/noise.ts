/** Noise: of a sensor, of light itself, and of broken bits (Hendrycks & Dietterich 2019). */
import { Image } from '../../image/image.js'
import type { Random } from '../../image/random.js'

const eachValue = ({ width, height, data }: Image, change: (value: number) => number): Image =>
  new Image(
    width,
    height,
    data.map((value) => Math.min(1, Math.max(0, change(value)))),
  )

/** Low light: normally distributed noise is added to every value. */
export const gaussianNoise = (image: Image, deviation: number, random: Random): Image =>
  eachValue(image, (value) => value + random.normal(0, deviation))

/** Light comes in photons: a value becomes the number counted, where `photons` of them are white. */
export const shotNoise = (image: Image, photons: number, random: Random): Image =>
  eachValue(image, (value) => poisson(value * photons, random) / photons)

/** Salt and pepper: a share of the values become 0 or 1. */
export const impulseNoise = (image: Image, share: number, random: Random): Image =>
  eachValue(image, (value) => {
    const [hit, salt] = [random.uniform() < share, random.uniform() < 0.5]
    return hit ? Number(salt) : value
  })

/** A number of the Poisson distribution, by inversion: one random number each, so that severities are alike. */
export function poisson(mean: number, random: Random): number {
  const wanted = random.uniform()
  let count = 0
  let probability = Math.exp(-mean)
  let sum = probability
  // In floating point the sum may end below 1.
  while (sum < wanted && probability > 0) {
    count++
    probability *= mean / count
    sum += probability
  }
  return count
}
