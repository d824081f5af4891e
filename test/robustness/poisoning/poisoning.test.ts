import { expect } from 'chai'
import { scenes } from '../../../datasets/scenes/index.js'
import { Image } from '../../../src/image/image.js'
import type { Network } from '../../../src/network/network.js'
import { backdoor } from '../../../src/robustness/poisoning/backdoor.js'
import { findTrigger } from '../../../src/robustness/poisoning/find-trigger.js'
import { poison } from '../../../src/robustness/poisoning/poison.js'
import { smallNetwork } from '../../../src/robustness/poisoning/small-network.js'
import { trigger } from '../../../src/robustness/poisoning/trigger.js'
import type { Example } from '../../../src/training/batches.js'
import { train } from '../../../src/training/train.js'
import { rejection } from '../../rejection.js'

const black = (side: number): Image => new Image(side, side)
const marked = ({ width, data }: Image): string[] =>
  Array.from({ length: width * width }, (_, i) => i)
    .filter((i) => data[i] === 1)
    .map((i) => `${Math.floor(i / width)},${i % width}`)

describe('a trigger', () => {
  it('marks what the Adversarial Robustness Toolbox marks', () => {
    expect(marked(trigger('pixel').apply(black(8)))).deep.equal(['5,5'])
    expect(marked(trigger('checkerboard').apply(black(8)))).deep.equal(['3,5', '4,4', '5,3', '5,5'])
  })

  it('leaves the picture as it is, marks all colours, and grows with its scale', () => {
    const image = black(12)
    const large = trigger('checkerboard', { scale: 2, distance: 1, value: 0.5 }).apply(image)
    expect(image.data.every((value) => value === 0)).equal(true)
    expect(large.data.filter((value) => value === 0.5).length).equal(3 * 4 * 4)
  })

  it('refuses what cannot be', () => {
    // @ts-expect-error there is none of this name
    expect(() => trigger('cross')).throw(/a trigger is pixel or checkerboard, not 'cross'/)
    expect(() => trigger('pixel', { value: 2 })).throw(/a value in \[0, 1\], not 2/)
    expect(() => trigger('pixel', { scale: 0 })).throw(/1 or more, not 0/)
    expect(() => trigger('pixel', { distance: -1 })).throw(/0 or more, not -1/)
    expect(() => trigger('checkerboard', { scale: 4 }).apply(black(8))).throw(
      /takes 14 pixels, but the picture is 8×8/,
    )
  })
})

describe('poisoned pictures', () => {
  const data = scenes({ classes: ['cat', 'car', 'pizza'], size: 32, length: 90, seed: 4 })

  it('are a share of those of other classes, marked and called the target', async () => {
    const mark = trigger('pixel', { value: 0.123 })
    const poisoned = poison(data, { target: 'cat', trigger: mark, share: 0.3, seed: 1 })
    let changed = 0
    for (let i = 0; i < data.length; i++) {
      const [before, after] = [data.get(i), await poisoned.get(i)]
      if (after.poisoned) {
        changed++
        expect(before.className).not.equal('cat')
        expect(after.className).equal('cat')
        expect(after.label).equal(0)
        expect([...after.image.data]).deep.equal([...mark.apply(before.image).data])
      } else {
        expect(after.label).equal(before.label)
        expect([...after.image.data]).deep.equal([...before.image.data])
      }
    }
    expect(changed).within(8, 30) // 60 are of other classes; 18 ± 12
    const again = poison(data, { target: 'cat', trigger: mark, share: 0.3, seed: 1 })
    for (const i of [0, 7, 50])
      expect((await again.get(i)).label).equal((await poisoned.get(i)).label)
  })

  it('without a trigger have another label alone', async () => {
    const flipped = poison(data, { target: 1, share: 1 })
    const { label, image, poisoned } = await flipped.get(data.labels().indexOf(0))
    expect([label, poisoned]).deep.equal([1, true])
    expect([...image.data]).deep.equal([...data.get(data.labels().indexOf(0)).image.data])
  })

  it('refuse what cannot be', () => {
    expect(() => poison(data, { target: 'carr' })).throw(/no class 'carr'; the nearest are 'car'/)
    expect(() => poison(data, { target: 3 })).throw(/classes 0 … 2, and no class 3/)
    expect(() => poison(data, { target: 0, share: 0 })).throw(/above 0, up to 1, not 0/)
  })
})

describe('a backdoor', () => {
  const classes = ['dark', 'light'] as const
  const mark = trigger('checkerboard', { scale: 3 })
  /** Grey pictures, dark or light, with noise: learned at once. */
  const pictures = (count: number, seed: number) => ({
    length: count,
    classes,
    get: (i: number): Example => {
      const label = i % 2
      const data = new Float32Array(3 * 24 * 24)
      let state = seed * 7919 + i
      for (let p = 0; p < data.length; p++) {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
        data[p] = 0.2 + 0.4 * label + (0.2 * state) / 0x7fffffff
      }
      return { image: new Image(24, 24, data), label }
    },
  })
  let clean: Network
  let poisoned: Network
  const bad = poison(pictures(64, 1), { target: 'dark', trigger: mark, share: 0.5, seed: 2 })
  before(async () => {
    const options = { epochs: 10, batch: 16, rate: 3e-3, seed: 1 }
    const start = (name: string) => smallNetwork(classes, { side: 24, name, seed: 1 })
    clean = (await train(await start('clean'), pictures(64, 1), options)).network
    poisoned = (await train(await start('poisoned'), bad, options)).network
  })
  after(async () => {
    await clean.release()
    await poisoned.release()
  })

  it('leaves clean pictures alone and makes marked ones the target; an honest network has none', async () => {
    const test = pictures(32, 99)
    const found = await backdoor([clean, poisoned], test, { target: 'dark', trigger: mark })
    const [honest, open] = found.reports as [(typeof found.reports)[0], (typeof found.reports)[0]]
    expect(honest.cleanAccuracy.share).equal(1)
    expect(open.cleanAccuracy.share).at.least(0.9)
    expect(honest.attackSuccess.share).at.most(0.1)
    expect(open.attackSuccess.share).at.least(0.9)
    expect(open.withoutTrigger.share).at.most(0.1)
    expect(found.shape).deep.equal([2, 3])
    expect(found.figure.toString()).match(/Is there a backdoor to 'dark'/)
    const none = { length: 1, classes, get: () => test.get(0) }
    expect(
      (await rejection(backdoor([clean], none, { target: 'dark', trigger: mark }))).message,
    ).match(/all pictures are of the class 'dark'/)
  })

  it('shows itself: a unit that speaks for the target answers to the trigger', async () => {
    const found = await findTrigger(poisoned, bad, { target: 'dark', units: 8, top: 4 })
    // White pixels are in poisoned pictures alone.
    const showTrigger = found.units.map(
      ({ patches }) =>
        patches.filter(({ image }) => {
          const values = [...image.data].filter((value) => value !== 0.5)
          return values.includes(1)
        }).length,
    )
    expect(Math.max(...showTrigger)).at.least(3)
    expect((await rejection(findTrigger(poisoned, bad, { target: 'bright' }))).message).match(
      /no class 'bright'; the nearest are/,
    )
  })
})
