import { expect } from 'chai'
import { interpolateTurbo } from 'd3-scale-chromatic'
import {
  blueWhiteRed,
  inferno,
  viridis,
  type ColorMap,
  type Rgb,
} from '../../src/image/colormap.js'

/** sRGB to CIELAB, D65 (IEC 61966-2-1 and CIE 15), written apart from the map's own inverse. */
function lab([r, g, b]: Rgb): [number, number, number] {
  const [R, G, B] = [r, g, b].map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  if (R === undefined || G === undefined || B === undefined) throw new Error('three channels')
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29)
  const x = f((0.4124564 * R + 0.3575761 * G + 0.1804375 * B) / 0.95047)
  const y = f(0.2126729 * R + 0.7151522 * G + 0.072175 * B)
  const z = f((0.0193339 * R + 0.119192 * G + 0.9503041 * B) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const samples = (map: ColorMap, from = 0, to = 1, count = 65) =>
  Array.from({ length: count }, (_, i) => lab(map(from + ((to - from) * i) / (count - 1))))

/** CIE76 colour differences between neighbours. */
const steps = (colors: [number, number, number][]): number[] =>
  colors.slice(1).map((color, i) => Math.hypot(...color.map((v, c) => v - (colors[i]?.[c] ?? NaN))))

const spread = (values: number[]): number => Math.max(...values) / Math.min(...values)

describe('colour maps', () => {
  // Both were made uniform in CAM02-UCS. In CIELAB, 17 steps of viridis differ by up to 2.2 times and
  // of inferno by up to 3.3 (its dark purples); those of a rainbow (turbo) by 10.
  for (const [name, map, bound] of [
    ['inferno', inferno, 3.3],
    ['viridis', viridis, 2.2],
  ] as const)
    it(`${name} has about even steps, each of them lighter`, () => {
      const colors = samples(map, 0, 1, 18)
      expect(spread(steps(colors))).to.be.below(bound)
      const rises = samples(map).map(([L], i, all) => L - (all[i - 1]?.[0] ?? -1))
      expect(Math.min(...rises)).to.be.above(0)
    })

  it('a rainbow would not pass for even', () => {
    const rainbow: ColorMap = (t) => {
      const [r = 0, g = 0, b = 0] = interpolateTurbo(t).match(/\d+/g)?.map(Number) ?? []
      return [r / 255, g / 255, b / 255]
    }
    expect(spread(steps(samples(rainbow, 0, 1, 18)))).to.be.above(5)
  })

  it('inferno is the published map', () => {
    expect(inferno(0)).to.deep.equal([0, 0, 4 / 255])
    expect(inferno(1)).to.deep.equal([252 / 255, 1, 164 / 255])
  })

  it('blueWhiteRed has steps of one size in CIELAB, and two arms of one length and lightness', () => {
    const [blue, red] = [samples(blueWhiteRed, 0.5, 0), samples(blueWhiteRed, 0.5, 1)]
    expect(spread([...steps(blue), ...steps(red)])).to.be.below(1.02)
    blue.forEach(([L], i) => expect(L).to.be.closeTo(red[i]?.[0] ?? NaN, 0.1))
    expect(blue[0]?.[0]).to.be.closeTo(95, 0.1)
    expect(blue.at(-1)?.[0]).to.be.closeTo(40, 0.1)
  })

  it('gives colours that a screen can show, and the end beyond the end', () => {
    for (const map of [inferno, viridis, blueWhiteRed]) {
      for (let t = 0; t <= 1; t += 1 / 97)
        for (const value of map(t)) expect(value).to.be.within(0, 1)
      expect(map(-3)).to.deep.equal(map(0))
      expect(map(3)).to.deep.equal(map(1))
    }
  })
})
