import { expect } from 'chai'
import { Image } from '../../src/image/image.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import { augment, checkAugmentation } from '../../src/training/augmentation.js'

/** Brighter to the right, in blue to the bottom. */
const ramp = ((): Image => {
  const image = new Image(16, 12)
  for (let c = 0, i = 0; c < 3; c++)
    for (let y = 0; y < 12; y++)
      for (let x = 0; x < 16; x++, i++) image.data[i] = c === 2 ? y / 12 : x / 16
  return image
})()
const column = (image: Image, x: number): number => image.data[6 * 16 + x]!
const row = (image: Image, y: number): number => image.data[2 * 192 + y * 16 + 8]!

describe('augmentation', () => {
  it('changes nothing where nothing is asked for', () => {
    expect(augment(ramp, {}, new Random(1)).data).deep.equal(ramp.data)
  })

  it('is decided by the random numbers', () => {
    const all = { shift: 0.2, flip: true, crop: 0.5, colour: 0.3 }
    const one = augment(ramp, all, new Random(1)).data
    expect(augment(ramp, all, new Random(1)).data).deep.equal(one)
    expect(augment(ramp, all, new Random(2)).data).not.deep.equal(one)
  })

  it('mirrors about half of the images, exactly', () => {
    let mirrored = 0
    for (let seed = 0; seed < 200; seed++) {
      const { data } = augment(ramp, { flip: true }, new Random(mixSeeds(seed)))
      const flipped = Math.abs(data[0]! - 15 / 16) < 1e-6
      if (flipped) mirrored++
      for (let x = 0; x < 16; x++) expect(data[x]).closeTo(ramp.data[flipped ? 15 - x : x]!, 1e-6)
    }
    expect(mirrored).within(75, 125)
  })

  it('shifts by whole and part pixels, up to the share asked for', () => {
    let furthest = 0
    for (let seed = 0; seed < 100; seed++) {
      const shifted = augment(ramp, { shift: 0.125 }, new Random(mixSeeds(seed)))
      const across = 16 * (column(shifted, 8) - column(ramp, 8))
      const down = 12 * (row(shifted, 6) - row(ramp, 6))
      furthest = Math.max(furthest, Math.abs(across))
      expect(Math.abs(across)).most(2 + 1e-4)
      expect(Math.abs(down)).most(1.5 + 1e-4)
      // Away from the edge everything moves alike.
      expect(16 * (column(shifted, 5) - column(ramp, 5))).closeTo(across, 1e-4)
    }
    expect(furthest).above(1.8)
  })

  it('crops a part of the area and enlarges it', () => {
    for (let seed = 0; seed < 50; seed++) {
      const cropped = augment(ramp, { crop: 0.25 }, new Random(mixSeeds(seed)))
      const steepness = (column(cropped, 10) - column(cropped, 5)) / (5 / 16)
      expect(steepness).within(0.5 - 1e-4, 1 + 1e-4) // the square root of the area
    }
  })

  it('keeps colours in [0, 1], and changes them', () => {
    const { data } = augment(ramp, { colour: 0.9 }, new Random(3))
    data.forEach((value) => expect(value).within(0, 1))
    expect(data).not.deep.equal(ramp.data)
  })

  it('refuses numbers out of range', () => {
    expect(() => checkAugmentation({ crop: 0 })).throw(
      RangeError,
      'crop is a share above 0 to 1, not 0',
    )
    expect(() => checkAugmentation({ shift: 2 })).throw(RangeError, 'shift')
  })
})
