import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Dataset } from '../../datasets/dataset.js'
import { scenes, splits } from '../../datasets/scenes/index.js'
import { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { sixteenCategories } from '../../src/robustness/categories.js'
import { cueConflicts } from '../../src/robustness/cue-conflicts.js'
import { publishedShapeBias } from '../../src/robustness/published.js'
import { shapeBias } from '../../src/robustness/shape-bias.js'
import { cueBars } from '../../src/robustness/shape-texture-figures.js'
import {
  type CueConflict,
  type ShapeBias,
  shapeTexture,
} from '../../src/robustness/shape-texture.js'
import { chooseSignal } from '../../src/work/signal.js'
import { rejection } from '../rejection.js'
import { toyNetwork } from '../toys.js'

describe('shape or texture', () => {
  it('has the bias of the paper’s own counts', () => {
    // Recomputed from the authors' raw data: percent, and what the paper prints.
    const expected = {
      humans: 95.87,
      'AlexNet (Caffe)': 42.94,
      GoogLeNet: 31.19,
      'ResNet-50': 22.07,
      'SqueezeNet 1.1': 18.22,
      'VGG-16 (Caffe)': 17.22,
    }
    for (const [name, percent] of Object.entries(expected)) {
      const counts = publishedShapeBias.find((row) => row.name === name)!
      expect(100 * shapeBias(counts).share, name).closeTo(percent, 0.005)
    }
    expect(shapeBias({ shape: 0, texture: 0 }).share).NaN
    expect(cueBars(publishedShapeBias).toString()).contains(
      'VGG-16 (Caffe): shape 130, texture 625',
    )
  })

  it('knows the classes of the sixteen categories', async () => {
    const classes = (
      await import('../../src/network/zoo/imagenet-classes.json', { with: { type: 'json' } })
    ).default
    const all = Object.values(sixteenCategories).flat()
    expect(Object.keys(sixteenCategories)).length(16)
    expect(all).length(207)
    expect(new Set(all).size).equal(207)
    const first = (category: string, place = 0): string =>
      classes[sixteenCategories[category]![place]!]!
    expect(first('airplane')).equal('airliner')
    expect(first('elephant')).match(/elephant/)
    expect(first('oven')).match(/rotisserie/)
    expect(first('cat')).match(/tabby/)
    expect(first('dog', -1 + sixteenCategories.dog!.length)).match(/Mexican hairless/)
    expect(sixteenCategories.bear!.every((i) => /bear/.test(classes[i]!))).equal(true)
  })

  describe('by the colours of a toy', () => {
    // Scores are the mean red, green and blue; the classes in the network's own order.
    let net: Network
    before(async () => {
      net = await toyNetwork(
        [3, 2, 2],
        (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 4),
        {
          name: 'colours',
          classes: ['red', 'green', 'blue', 'dark'],
          weights: (name, shape) => ({
            type: 'float32',
            shape,
            // [4, 12]: class c adds up plane c; 'dark' scores nothing.
            data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) =>
              shape.length === 2 && Math.floor(i / 12) === Math.floor((i % 12) / 4) ? 1 : 0,
            ),
          }),
        },
      )
    })
    after(() => net.release())

    const coloured = (r: number, g: number, b: number): Image =>
      new Image(2, 2, Float32Array.from([r, r, r, r, g, g, g, g, b, b, b, b]))
    const conflict = (image: Image, className: string, texture: string): CueConflict => ({
      image,
      className,
      texture,
    })
    const set = (items: readonly CueConflict[]): Dataset<CueConflict> =>
      new Dataset(items.length, ['red', 'green', 'blue'], (i) => items[i]!)

    it('counts decisions, and leaves out what agrees', async () => {
      const found = await shapeTexture(
        [net],
        set([
          conflict(coloured(1, 0, 0), 'red', 'green'), // shape
          conflict(coloured(0, 1, 0), 'red', 'green'), // texture
          conflict(coloured(0, 1, 0), 'blue', 'green'), // texture
          conflict(coloured(0, 0, 1), 'red', 'green'), // neither
          conflict(coloured(1, 0, 0), 'red', 'red'), // no conflict
        ]),
      )
      expect([...found.data]).deep.equal([1, 2, 1])
      expect(found.images).equal(4)
      const { bias, perClass, name } = found.of('colours')
      expect([name, bias.share]).deep.equal(['colours', 1 / 3])
      expect(perClass.get('red')).deep.equal({ shape: 1, texture: 1, neither: 1 })
      expect(perClass.get('blue')).deep.equal({ shape: 0, texture: 1, neither: 0 })
      expect(found.toString()).contains('shape 1, texture 2, neither 1; shape bias 33.3 %')
      expect(found.examples.toString()).contains('red, filled with green')
      expect(found.classes.toString()).match(/red\s+50\.0 %[^]*blue\s+0\.0 %/)
      for (const figure of [found, found.examples, found.classes])
        expect(figure.png().length).above(3000)
    })

    it('takes the mean of the probabilities in a category', async () => {
      const items = [conflict(coloured(1, 0.8, 0.9), 'warm', 'cold')]
      const data = new Dataset(1, ['warm', 'cold'], (i) => items[i]!)
      const decide = async (categories: Record<string, (string | number)[]>): Promise<number[]> => [
        ...(await shapeTexture([net], data, { categories })).data,
      ]
      // Scores 4, 3.2, 3.6, 0: alone red is more probable; its mean with dark is not.
      expect(await decide({ warm: ['red'], cold: ['green', 'blue'] })).deep.equal([1, 0, 0])
      const powers = [4, 3.2, 3.6, 0].map(Math.exp) as [number, number, number, number]
      expect((powers[0] + powers[3]) / 2).below((powers[1] + powers[2]) / 2)
      expect(await decide({ warm: ['red', 3], cold: ['green', 'blue'] })).deep.equal([0, 1, 0])
    })

    it('refuses what is no conflict', async () => {
      const image = coloured(1, 0, 0)
      const wrong = async (items: CueConflict[], options = {}): Promise<Error> =>
        rejection(shapeTexture([net], set(items), options))
      const bare = await wrong([{ image, className: 'red' }])
      expect(bare).instanceOf(TypeError)
      expect(bare.message).match(/no `texture`.*conflict: true/)
      expect((await wrong([conflict(image, 'red', 'gren')])).message).match(/'gren'.*'green'/)
      expect((await wrong([conflict(image, 'red', 'red')])).message).match(/different classes/)
      expect((await wrong([])).message).match(/no pictures/)
      const one = [conflict(image, 'red', 'blue')]
      expect((await wrong(one, { images: 1.5 })).message).match(/not 1.5/)
      expect((await wrong(one, { examples: -1 })).message).match(/not -1/)
      expect((await wrong(one, { categories: { red: [], blue: ['blue'] } })).message).match(
        /'red' has no classes/,
      )
      expect((await wrong(one, { categories: { red: ['reed'], blue: [2] } })).message).match(/reed/)
    })
  })

  describe('of the embedded network', () => {
    let net: Network
    let found: ShapeBias
    const conflicts = scenes({ ...splits.test, conflict: true })
    before(async () => {
      net = await zooNetwork('scenes')
      found = await shapeTexture([net], conflicts, { images: 96 })
    })
    after(() => net.release())

    it('is for texture, as that of networks of photographs', () => {
      const { bias, shape, texture, neither } = found.of('scenes')
      expect(shape + texture + neither).equal(96)
      // Measured on 1000: 10 % (8 … 14).
      expect(bias.share).below(0.3)
      expect(shape + texture).above(24)
    })

    it('keeps what was decided before an interrupt', async () => {
      const controller = new AbortController()
      const interrupting = new Dataset(96, conflicts.classes, (i) => {
        if (i === 40) controller.abort()
        return conflicts.get(i)
      })
      chooseSignal(controller.signal)
      const partial = await shapeTexture([net], interrupting).finally(() => chooseSignal(undefined))
      expect([partial.interrupted, partial.images]).deep.equal([true, 32])
    })
  })

  it('reads cue conflicts from folders of files that name both', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fovea-cues-'))
    try {
      for (const [shape, file] of [
        ['cat', 'cat7-elephant1.png'],
        ['ice cream', 'ice cream2-cat10.png'],
      ] as const) {
        await mkdir(join(folder, shape))
        await new Image(4, 4).save(join(folder, shape, file))
      }
      const data = await cueConflicts(folder)
      expect(data.classes).deep.equal(['cat', 'ice cream'])
      const items = await Promise.all([...data])
      expect(items.map(({ className, texture, label }) => [className, texture, label])).deep.equal([
        ['cat', 'elephant', 0],
        ['ice cream', 'cat', 1],
      ])
      await new Image(4, 4).save(join(folder, 'cat', 'plain.png'))
      expect((await rejection(cueConflicts(folder))).message).match(/plain\.png does not name/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
