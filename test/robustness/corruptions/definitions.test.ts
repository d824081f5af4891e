/** Each corruption beside a slow twin, written from its definition. */
import { expect } from 'chai'
import { Image } from '../../../src/image/image.js'
import { loadImage } from '../../../src/image/load.js'
import { mixSeeds, Random } from '../../../src/image/random.js'
import {
  defocusBlur,
  diskKernel,
  glassBlur,
  motionBlur,
  zoomBlur,
} from '../../../src/robustness/corruptions/blur.js'
import {
  affine,
  contrast,
  elastic,
  jpeg,
  pixelate,
} from '../../../src/robustness/corruptions/digital.js'
import {
  gaussianBlur,
  mirror,
  nearest,
  reflect,
} from '../../../src/robustness/corruptions/filters.js'
import {
  gaussianNoise,
  impulseNoise,
  poisson,
  shotNoise,
} from '../../../src/robustness/corruptions/noise.js'
import { iceTexture, plasma } from '../../../src/robustness/corruptions/textures.js'
import { brightness, fog, frost, snow } from '../../../src/robustness/corruptions/weather.js'

const [width, height] = [24, 20]
const plane = width * height

const random = (seed: number): Random => new Random(mixSeeds(seed))

function randomImage(seed: number): Image {
  const numbers = random(seed)
  return new Image(
    width,
    height,
    Float32Array.from({ length: 3 * plane }, () => numbers.uniform()),
  )
}

const constant = (value: number, side = 100): Image =>
  new Image(side, side, new Float32Array(3 * side * side).fill(value))

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length
const deviation = (values: ArrayLike<number>): number => {
  const middle = mean(values)
  return Math.sqrt(mean(Array.from(values, (value) => (value - middle) ** 2)))
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, within: number): void {
  expect(actual.length).equal(expected.length)
  let largest = 0
  for (let i = 0; i < actual.length; i++)
    largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!))
  expect(largest).below(within)
}

/** The value at whole coordinates, with a rule for what lies outside, and between them bilinear. */
const looker =
  ({ data }: Image, border: (i: number, n: number) => number) =>
  (c: number, x: number, y: number): number => {
    const at = (i: number, j: number): number =>
      data[c * plane + border(j, height) * width + border(i, width)]!
    const [i, j] = [Math.floor(x), Math.floor(y)]
    const [u, v] = [x - i, y - j]
    return (
      (1 - u) * (1 - v) * at(i, j) +
      u * (1 - v) * at(i + 1, j) +
      (1 - u) * v * at(i, j + 1) +
      u * v * at(i + 1, j + 1)
    )
  }

/** An image whose values are told one by one. */
function imageOf(value: (c: number, x: number, y: number) => number): Image {
  const data = Float32Array.from({ length: 3 * plane }, (_, i) =>
    value(Math.floor(i / plane), i % width, Math.floor((i % plane) / width)),
  )
  return new Image(width, height, data)
}

describe('definitions of the corruptions', () => {
  const image = randomImage(1)

  it('borders: numpy’s edge, symmetric and reflect', () => {
    const line = (border: typeof nearest): string =>
      Array.from({ length: 10 }, (_, i) => 'abcd'[border(i - 3, 4)]).join('')
    expect(line(nearest)).equal('aaaabcdddd')
    expect(line(reflect)).equal('cbaabcddcb')
    expect(line(mirror)).equal('dcbabcdcba')
    expect(mirror(5, 1)).equal(0)
  })

  it('a Gaussian blur wider than the plane, term by term', () => {
    const data = image.data.slice(0, plane)
    for (const [sigma, truncate] of [
      [0.8, 4],
      [9, 3],
    ] as const) {
      const radius = Math.floor(truncate * sigma + 0.5)
      const weight = (d: number): number => Math.exp((-d * d) / (2 * sigma * sigma))
      let total = 0
      for (let d = -radius; d <= radius; d++) total += weight(d)
      const expected = Array.from({ length: plane }, (_, i) => {
        const [x, y] = [i % width, Math.floor(i / width)]
        let sum = 0
        for (let dy = -radius; dy <= radius; dy++)
          for (let dx = -radius; dx <= radius; dx++) {
            const value = data[reflect(y + dy, height) * width + reflect(x + dx, width)]!
            sum += (weight(dx) * weight(dy) * value) / total ** 2
          }
        return sum
      })
      expectClose(gaussianBlur({ data, width, height }, sigma, reflect, truncate), expected, 1e-5)
    }
  })

  it('gaussian, shot and impulse noise have the moments of their distributions', () => {
    const noisy = gaussianNoise(constant(0.5), 0.1, random(2)).data
    expect(mean(noisy)).closeTo(0.5, 2e-3)
    expect(deviation(noisy)).closeTo(0.1, 2e-3)
    // Poisson: the variance is the mean; of value·photons / photons it is value / photons.
    for (const photons of [60, 500]) {
      const shot = shotNoise(constant(0.4), photons, random(3)).data
      expect(mean(shot)).closeTo(0.4, 3e-3)
      expect(deviation(shot) ** 2).closeTo(0.4 / photons, 0.04 * (0.4 / photons))
    }
    const impulses = impulseNoise(constant(0.5), 0.2, random(4)).data
    const share = (value: number): number => mean(impulses.map((v) => Number(v === value)))
    expect(share(0)).closeTo(0.1, 5e-3)
    expect(share(1)).closeTo(0.1, 5e-3)
    expect(share(0.5)).closeTo(0.8, 7e-3)
  })

  it('the Poisson distribution, number by number', () => {
    const numbers = random(5)
    const counts = new Float64Array(20)
    for (let i = 0; i < 20_000; i++) counts[poisson(3, numbers)]!++
    let expected = 20_000 * Math.exp(-3)
    for (let k = 0; k < 9; k++) {
      expect(counts[k]!).closeTo(expected, 4 * Math.sqrt(expected))
      expected *= 3 / (k + 1)
    }
    expect(poisson(0, numbers)).equal(0)
  })

  it('defocus: the mean over a disk', () => {
    // With hardly any softening the kernel is the disk itself.
    const radius = 3
    const inside: [number, number][] = []
    for (let dy = -4; dy <= 4; dy++)
      for (let dx = -4; dx <= 4; dx++)
        if (dx * dx + dy * dy <= radius * radius) inside.push([dx, dy])
    const look = looker(image, mirror)
    const expected = imageOf((c, x, y) => mean(inside.map(([dx, dy]) => look(c, x + dx, y + dy))))
    expectClose(defocusBlur(image, radius, 0.1).data, expected.data, 1e-5)
    const soft = diskKernel(10, 0.5)
    expect(soft.reduce((a, b) => a + b)).closeTo(1, 1e-6)
    expect(soft.filter((weight) => weight > 0).length).above(317) // the pixels of a hard disk
  })

  it('glass: swaps of neighbours between two blurs keep all values', () => {
    const glass = { sigma: 0.01, reach: 2, rounds: 2, scale: 1 } // no blur
    const { data } = glassBlur(image, glass, random(6))
    expect(data).not.deep.equal(image.data)
    for (let c = 0; c < 3; c++) {
      const own = (x: Float32Array): number[] => [...x.subarray(c * plane, (c + 1) * plane)].sort()
      expect(own(data)).deep.equal(own(image.data))
    }
    // Colours stay together: where red came from, green and blue came from as well.
    const from = (c: number): number[] =>
      Array.from({ length: plane }, (_, i) =>
        image.data.subarray(c * plane, (c + 1) * plane).indexOf(data[c * plane + i]!),
      )
    expect(from(1)).deep.equal(from(0))
    expect(from(2)).deep.equal(from(0))
    const blurred = glassBlur(image, { ...glass, sigma: 0.7 }, random(6))
    expect(deviation(blurred.data)).below(0.8 * deviation(image.data))
  })

  it('motion: the weighted mean along a line', () => {
    const [radius, sigma, angle] = [4, 3, -0.6]
    const look = looker(image, nearest)
    const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
      Math.exp((-i * i) / (2 * sigma * sigma)),
    )
    const total = weights.reduce((a, b) => a + b)
    const expected = imageOf((c, x, y) =>
      weights.reduce(
        (sum, weight, i) =>
          sum + (weight / total) * look(c, x + i * Math.cos(angle), y + i * Math.sin(angle)),
        0,
      ),
    )
    expectClose(motionBlur(image, { radius, sigma, angle }).data, expected.data, 1e-5)
  })

  it('zoom: the mean of enlarged pictures and the picture itself', () => {
    const look = looker(image, nearest)
    const enlarged = (factor: number): Image => {
      const axis = (i: number, size: number): number => {
        const cut = Math.ceil(size / factor)
        const long = Math.round(cut * factor)
        const trimmed = i + Math.floor((long - size) / 2)
        return Math.floor((size - cut) / 2) + (trimmed * (cut - 1)) / (long - 1)
      }
      return imageOf((c, x, y) => look(c, axis(x, width), axis(y, height)))
    }
    // numpy.arange(1, 1.16, .05): 1, 1.05, 1.1, 1.15
    const all = [image, image, enlarged(1.05), enlarged(1.1), enlarged(1.15)]
    const expected = image.data.map((_, i) => mean(all.map(({ data }) => data[i]!)))
    expectClose(zoomBlur(image, 1.16, 0.05).data, expected, 1e-5)
  })

  it('snow: whitened by its share, with flakes on both halves', () => {
    const snowfall = { mean: -9, deviation: 0.1, flake: 2, threshold: 0.5, radius: 3, sigma: 2 }
    const none = snow(image, { ...snowfall, angle: -1, share: 0.7 }, random(7))
    const expected = imageOf((c, x, y) => {
      const [r, g, b] = [0, 1, 2].map((k) => image.data[k * plane + y * width + x]!) as [
        number,
        number,
        number,
      ]
      const value = [r, g, b][c]!
      const white = Math.max(value, 1.5 * (0.299 * r + 0.587 * g + 0.114 * b) + 0.5)
      return Math.min(1, 0.7 * value + 0.3 * white)
    })
    expectClose(none.data, expected.data, 1e-6)
    const black = new Image(width, height)
    const falling = snow(
      black,
      { ...snowfall, mean: 0.3, deviation: 0.3, angle: -1, share: 1 },
      random(8),
    )
    expect(mean(falling.data)).within(0.05, 0.6)
    // The flakes and the same upside down: the whole is symmetric.
    expectClose(falling.data.subarray(0, plane), falling.data.slice(0, plane).reverse(), 1e-6)
  })

  it('frost: a weighted sum of the picture and of ice', () => {
    const covered = frost(image, { picture: 0.6, ice: 0.3, scale: 0.2 }, random(9))
    const ice = iceTexture(width, height, 0.2, random(9))
    const expected = image.data.map((value, i) => Math.min(1, 0.6 * value + 0.3 * ice.data[i]!))
    expectClose(covered.data, expected, 1e-6)
    const large = iceTexture(96, 96, 96 / 224, random(10))
    expect(mean(large.data)).within(0.2, 0.7)
    expect(deviation(large.data)).above(0.08)
    expect(mean(large.data.subarray(2 * 9216))).above(mean(large.data.subarray(0, 9216))) // bluish
  })

  it('fog: the picture under a cloud, rescaled to its own maximum', () => {
    const veiled = fog(image, 2, 1.7, random(11))
    const cloud = plasma(32, 1.7, random(11))
    const brightest = Math.max(...image.data)
    const expected = imageOf((c, x, y) => {
      const value = image.data[c * plane + y * width + x]!
      return ((value + 2 * cloud[y * 32 + x]!) * brightest) / (brightest + 2)
    })
    expectClose(veiled.data, expected.data, 1e-6)
  })

  it('plasma: from 0 to 1, smoother the faster detail decays, without a seam', () => {
    const roughness = (map: Float32Array, side: number): number => {
      let sum = 0
      for (let i = 0; i < map.length; i++) {
        const [x, y] = [i % side, Math.floor(i / side)]
        sum += Math.abs(map[i]! - map[y * side + ((x + 1) % side)]!)
      }
      return sum / map.length
    }
    const [rough, fine] = [1.4, 3].map((decay) => plasma(64, decay, random(12))) as [
      Float32Array,
      Float32Array,
    ]
    for (const map of [rough, fine]) {
      expect(Math.min(...map)).equal(0)
      expect(Math.max(...map)).equal(1)
    }
    expect(roughness(fine, 64)).below(0.5 * roughness(rough, 64))
    // Periodic: the step from the last column to the first is like any other.
    const steps = Array.from({ length: 64 }, (_, y) => Math.abs(fine[y * 64 + 63]! - fine[y * 64]!))
    expect(mean(steps)).below(3 * roughness(fine, 64))
  })

  it('brightness: the value of HSV, by way of HSV', () => {
    const brighter = brightness(image, 0.3)
    for (let i = 0; i < plane; i++) {
      const rgb = [0, 1, 2].map((c) => image.data[c * plane + i]!)
      const [hue, saturation, value] = toHsv(rgb)
      const expected = fromHsv([hue, saturation, Math.min(1, value + 0.3)])
      expectClose(
        [0, 1, 2].map((c) => brighter.data[c * plane + i]!),
        expected,
        1e-5,
      )
    }
    expect([...brightness(new Image(1, 1), 0.3).data]).deep.equal(Array(3).fill(Math.fround(0.3)))
  })

  it('contrast: each channel towards its mean', () => {
    const flat = contrast(image, 0.25)
    for (let c = 0; c < 3; c++) {
      const [own, left] = [image, flat].map(({ data }) => data.subarray(c * plane, (c + 1) * plane))
      expect(mean(left!)).closeTo(mean(own!), 1e-6)
      expect(deviation(left!)).closeTo(0.25 * deviation(own!), 1e-6)
    }
  })

  it('elastic: an affine map of three points, then a smooth displacement', () => {
    const map = affine(
      [
        [3, 4],
        [10, 4],
        [3, 9],
      ],
      [
        [1, 2],
        [5, 7],
        [-2, 3],
      ],
    )
    expect([map([3, 4]), map([10, 4]), map([3, 9])]).deep.equal([
      [1, 2],
      [5, 7],
      [-2, 3],
    ])
    expect(map([6.5, 6.5])).deep.equal([1.5, 5]) // the middle of the second and third
    const still = { strength: 0, sigma: 2, corners: 0 }
    expectClose(elastic(image, still, random(13)).data, image.data, 1e-6)

    const deformation = { strength: 30, sigma: 2, corners: 3 }
    const numbers = random(14)
    // The middle is (12, 10), a third of the shorter side 6.
    const points = [
      [18, 16],
      [18, 4],
      [6, 4],
    ] as const
    const moved = points.map(
      ([x, y]) => [x + numbers.uniform(-3, 3), y + numbers.uniform(-3, 3)] as const,
    )
    const source = affine(moved, points)
    const look = looker(image, mirror)
    const first = imageOf((c, x, y) => look(c, ...source([x, y])))
    const fields = [0, 1].map(() => {
      const noise = Float32Array.from({ length: plane }, () => numbers.uniform(-1, 1))
      return gaussianBlur({ data: noise, width, height }, 2, reflect, 3)
    })
    const lookAgain = looker(first, reflect)
    const expected = imageOf((c, x, y) =>
      lookAgain(c, x + 30 * fields[0]![y * width + x]!, y + 30 * fields[1]![y * width + x]!),
    )
    expectClose(elastic(image, deformation, random(14)).data, expected.data, 1e-5)
  })

  it('pixelate: the means of boxes', () => {
    const boxes = pixelate(image, 0.25) // 6 × 5 boxes of 4 × 4
    const expected = imageOf((c, x, y) => {
      const [left, top] = [4 * Math.floor(x / 4), 4 * Math.floor(y / 4)]
      const own: number[] = []
      for (let j = 0; j < 4; j++)
        for (let i = 0; i < 4; i++) own.push(image.data[c * plane + (top + j) * width + left + i]!)
      return mean(own)
    })
    expectClose(boxes.data, expected.data, 1e-6)
    // 14 × 12 boxes over 24 × 20 pixels: of one or two pixels each way.
    expect(new Set(pixelate(image, 0.6).data.subarray(0, plane)).size).equal(14 * 12)
  })

  it('jpeg: what an encoder makes of it, worse for less quality', async () => {
    const smooth = imageOf((c, x, y) => 0.5 + 0.4 * Math.sin((x + y * (c + 1)) / 6))
    const errors: number[] = []
    for (const quality of [95, 40, 7]) {
      const file = smooth.toCanvas().toBuffer('image/jpeg', quality)
      const decoded = await jpeg(smooth, quality)
      expect(decoded.data).deep.equal((await loadImage(file)).data)
      errors.push(deviation(decoded.data.map((value, i) => value - smooth.data[i]!)))
    }
    expect(errors[0]).below(errors[1]!)
    expect(errors[1]).below(errors[2]!)
  })
})

/** Hue in [0, 6), saturation, value: Smith 1978. */
function toHsv(rgb: readonly number[]): [number, number, number] {
  const [r, g, b] = rgb as [number, number, number]
  const [value, low] = [Math.max(...rgb), Math.min(...rgb)]
  const chroma = value - low
  if (chroma === 0) return [0, 0, value]
  const hue =
    value === r
      ? ((g - b) / chroma + 6) % 6
      : value === g
        ? (b - r) / chroma + 2
        : (r - g) / chroma + 4
  return [hue, chroma / value, value]
}

function fromHsv([hue, saturation, value]: readonly [number, number, number]): number[] {
  return [5, 3, 1].map((n) => {
    const k = (n + hue) % 6
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1))
  })
}
