import { expect } from 'chai'
import { Image, viz } from '../../src/index.js'
import { Random } from '../../src/image/random.js'
import { growTexture } from '../../src/texture/grow.js'
import { scanTexture } from '../../src/texture/scan.js'
import { rejection } from '../rejection.js'

/** A picture of noise, smoothed a little so that neighbours have to do with each other. */
function noise(side: number, seed: number): Image {
  const random = new Random(seed)
  const raw = Array.from({ length: 3 * side * side }, () => random.uniform())
  const at = (c: number, y: number, x: number) => raw[(c * side + (y % side)) * side + (x % side)]!
  const image = new Image(side, side)
  image.data.forEach((_, i) => {
    const [c, y, x] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side]
    image.data[i] = (at(c, y, x) + at(c, y + 1, x) + at(c, y, x + 1)) / 3
  })
  return image
}

function checkerboard(side: number, cell: number): Image {
  const image = new Image(side, side)
  const plane = side * side
  for (let i = 0; i < plane; i++) {
    const light = (Math.floor((i % side) / cell) + Math.floor(i / side / cell)) % 2
    for (let c = 0; c < 3; c++) image.data[c * plane + i] = light ? 0.9 : 0.1 * (c + 1)
  }
  return image
}

/** In which phase a picture is a checkerboard of such cells, if in any. */
function phase(image: Image, cell: number): number | undefined {
  const { width, height, data } = image
  for (let start = 0; start < 4 * cell * cell; start++) {
    const [ox, oy] = [start % (2 * cell), Math.floor(start / (2 * cell))]
    let good = true
    for (let i = 0; good && i < width * height; i++) {
      const [x, y] = [(i % width) + ox, Math.floor(i / width) + oy]
      const light = (Math.floor(x / cell) + Math.floor(y / cell)) % 2
      good = Math.abs(data[i]! - (light ? 0.9 : 0.1)) < 1e-6
    }
    if (good) return start
  }
  return undefined
}

const colourAt = ({ data, width, height }: Image, i: number): string =>
  [0, 1, 2].map((c) => data[c * width * height + i]).join()

/** Each pixel is the sample's at the place it says. */
function isCopied(made: Awaited<ReturnType<typeof growTexture>>): void {
  made.sources.forEach((source, i) =>
    expect(colourAt(made.image, i)).equal(colourAt(made.sample, source)),
  )
}

describe('growing a texture', () => {
  it('takes one of the places that a search of all finds good enough', async () => {
    const sample = noise(12, 1)
    const [window, size] = [5, 11]
    const made = await growTexture(sample, { size: [size, size], window, seed: 4 })
    isCopied(made)
    // A corner has the fewest neighbours and so comes last in its layer: it sees all others of its window.
    const known = [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => [x, y] as const)).slice(1)
    const errors: [number, number][] = []
    for (let y = 2; y < 10; y++)
      for (let x = 2; x < 10; x++) {
        let error = 0
        for (const [dx, dy] of known)
          for (let c = 0; c < 3; c++) {
            const weight = Math.exp((-0.5 * (dx * dx + dy * dy)) / (window / 6.4) ** 2)
            const wanted = made.image.data[(c * size + dy) * size + dx]!
            const there = sample.data[(c * 12 + y + dy) * 12 + x + dx]!
            error += weight * (wanted - there) ** 2
          }
        errors.push([y * 12 + x, error])
      }
    const best = Math.min(...errors.map(([, error]) => error))
    const good = errors.filter(([, error]) => error <= 1.1 * best * 1.0001).map(([place]) => place)
    expect(good).include(made.sources[0])
    expect(good.length).below(errors.length / 4)
  })
  it('continues a checkerboard exactly, where the window sees more than a cell', async () => {
    const made = await growTexture(checkerboard(20, 3), { size: [30, 26], window: 9, seed: 2 })
    expect(phase(made.image, 3)).a('number')
    expect(made.image.height).equal(30)
    expect(made.interrupted).equal(false)
  })

  it('is the same for the same seed, and another for another', async () => {
    const sample = noise(12, 2)
    const made = (seed: number) => growTexture(sample, { size: [12, 12], window: 5, seed })
    const [one, same, other] = [await made(1), await made(1), await made(2)]
    expect(same.sources).eql(one.sources)
    expect(other.sources).not.eql(one.sources)
    expect(one.verbatim).above(0.1).and.most(1)
    expect(one.provenance.parameters).include({
      window: 5,
      tolerance: 0.1,
      maxError: 0.3,
      sigma: 5 / 6.4,
    })
    expect(one.toString()).contain('Where each pixel is from')
  })

  it('keeps what there is at an interrupt', async () => {
    const stop = new AbortController()
    const sample = noise(16, 3)
    let seen = 0
    const signal = stop.signal
    const host = Symbol.for('fovea.progress')
    ;(globalThis as Record<symbol, unknown>)[host] = ({ done }: { done: number }) => {
      seen = done
      if (done > 1) stop.abort()
    }
    const made = await growTexture(sample, { size: [320, 320], window: 11, signal }).finally(
      () => delete (globalThis as Record<symbol, unknown>)[host],
    )
    expect(seen).above(1)
    expect(made.interrupted).equal(true)
    const filled = made.sources.filter((source) => source >= 0).length
    expect(filled)
      .above(63)
      .and.below(320 * 320)
    expect(made.toString()).a('string')
  })

  it('says what is wrong', async () => {
    const sample = noise(12, 1)
    expect(await rejection(growTexture(sample, { window: 4 }))).match(/odd number.*not 4/)
    expect(await rejection(growTexture(sample, { window: 13 }))).match(/does not fit.*12×12/)
    expect(await rejection(growTexture(sample, { size: [0, 5] }))).match(/0×5/)
    expect(await rejection(growTexture(sample, { tolerance: -1 }))).match(/tolerance/)
    expect(await rejection(growTexture(sample, { sigma: NaN }))).match(/sigma/)
  })
})

describe('scanning a texture', () => {
  /** The definition: every place of the sample, every pixel of the window. */
  function slow(sample: Image, made: Image, x: number, y: number, window: number): number {
    const reach = (window - 1) / 2
    const [side, size] = [sample.width, made.width]
    let [nearest, best] = [-1, Infinity]
    for (let v = reach; v < side - reach; v++)
      for (let u = reach; u < side - reach; u++) {
        let distance = 0
        for (let dy = -reach; dy <= 0; dy++)
          for (let dx = -reach; dx <= (dy < 0 ? reach : -1); dx++) {
            if (x + dx < 0 || x + dx >= size || y + dy < 0) continue
            for (let c = 0; c < 3; c++)
              distance +=
                (made.data[(c * size + y + dy) * size + x + dx]! -
                  sample.data[(c * side + v + dy) * side + u + dx]!) **
                2
          }
        if (distance < best) [nearest, best] = [v * side + u, distance]
      }
    return nearest
  }

  it('takes the nearest of all places', async () => {
    const sample = noise(16, 5)
    const [size, window] = [14, 5]
    const made = await scanTexture(sample, {
      size: [size, size],
      window,
      levels: 1,
      edges: 'cut',
      seed: 3,
    })
    isCopied(made)
    for (let i = 1; i < size * size; i++) {
      const [x, y] = [i % size, Math.floor(i / size)]
      const place = slow(sample, made.image, x, y, window)
      expect(colourAt(sample, made.sources[i]!), `pixel ${x}, ${y}`).equal(colourAt(sample, place))
    }
  })

  it('continues a checkerboard exactly', async () => {
    const made = await scanTexture(checkerboard(20, 3), {
      size: [25, 31],
      window: 7,
      levels: 1,
      edges: 'cut',
      seed: 1,
    })
    expect(phase(made.image, 3)).a('number')
    expect(made.shape).eql([1, 3, 25, 31])
  })

  it('by several resolutions keeps structures that are larger than its window', async () => {
    const sample = checkerboard(48, 8)
    const share = async (levels: number): Promise<number> => {
      const { image } = await scanTexture(sample, { size: [48, 48], window: 5, levels, seed: 1 })
      // In a checkerboard, what lies a whole cell away is of the other colour.
      let other = 0
      for (let i = 0; i < 48 * 40; i++)
        if (Math.abs(image.data[i]! - image.data[i + 8 * 48]!) > 0.4) other++
      return other / (48 * 40)
    }
    expect(await share(3)).above((await share(1)) + 0.1)
  })

  it('is the same for the same seed, another for another, and can be interrupted', async () => {
    const sample = noise(20, 2)
    const made = (seed: number) => scanTexture(sample, { size: [16, 16], window: 5, seed })
    const [one, same, other] = [await made(1), await made(1), await made(2)]
    expect(one.provenance.parameters).include({ levels: 2, edges: 'wrap' })
    expect(same.sources).eql(one.sources)
    expect(other.sources).not.eql(one.sources)
    isCopied(one)
    const none = await scanTexture(sample, { window: 5, signal: AbortSignal.abort() })
    expect(none.interrupted).equal(true)
    expect(none.image.width).equal(40)
    expect(none.sources.every((source) => source === -1)).equal(true)
  })

  it('says what is wrong', async () => {
    const sample = noise(16, 1)
    expect(await rejection(scanTexture(sample, { window: 9, levels: 2 }))).match(/fewer levels/)
    expect(await rejection(scanTexture(sample, { levels: 0 }))).match(/1 or more/)
    expect(await rejection(scanTexture(sample, { edges: 'x' as 'cut' }))).match(/'wrap'.*'cut'/)
    expect(() => viz.background('brik' as 'brick')).throws(RangeError, 'brick')
    expect(viz.background('brick', { size: 20, seed: 1 }).width).equal(20)
  })
})
