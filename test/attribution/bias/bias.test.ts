import { expect } from 'chai'
import { bias, type BiasItem, type BiasOptions } from '../../../src/attribution/bias/bias.js'
import { Image } from '../../../src/image/image.js'
import { float32 } from '../../../src/network/graph.js'
import type { Network } from '../../../src/network/network.js'
import { chooseSignal } from '../../../src/work/signal.js'
import { onEveryEngine } from '../../engines.js'
import { rejection } from '../../rejection.js'
import { toyNetwork } from '../../toys.js'

const side = 16
const mask = Uint8Array.from({ length: side * side }, (_, i) =>
  Number(i % side >= 4 && i % side < 10 && i >= 5 * side && i < 11 * side),
)
const area = 36 / 256

/** A blue (or nearly black) square on red (or green). */
function picture(className: 'blue' | 'black', red: boolean): BiasItem & { mask: Uint8Array } {
  const image = new Image(side, side)
  mask.forEach((inside, i) => {
    const colour = inside
      ? [0, 0, className === 'blue' ? 1 : 0.05]
      : red
        ? [0.8, 0, 0]
        : [0, 0.8, 0]
    colour.forEach((value, c) => (image.data[c * side * side + i] = value))
  })
  return { image, className, mask }
}

/** In the usual pictures blue is on red, black on green. */
const usual = Array.from({ length: 6 }, (_, i) => picture(i % 2 ? 'black' : 'blue', i % 2 === 0))
const swapped = Array.from({ length: 4 }, (_, i) => picture(i % 2 ? 'black' : 'blue', i % 2 === 1))

onEveryEngine('bias', (engine) => {
  let byBackground: Network
  let byObject: Network
  const network = (rows: number[][], offsets: number[]) =>
    toyNetwork(
      [3, side, side],
      (toy, input) =>
        toy.linear(
          'fc',
          toy.flatten(
            'flatten',
            toy.globalAveragePool('gap', toy.relu('relu', toy.conv('conv', input, 3, 1))),
          ),
          2,
        ),
      {
        engine,
        classes: ['blue', 'black'],
        weights: (name, shape) =>
          float32(
            name === 'fc.weight'
              ? rows.flat()
              : name === 'fc.bias'
                ? offsets
                : name === 'conv.weight'
                  ? [1, 0, 0, 0, 1, 0, 0, 0, 1]
                  : Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0),
            shape,
          ),
      },
    )
  before(async () => {
    byBackground = await network(
      [
        [9, 0, 0],
        [0, 9, 0],
      ],
      [0, 0],
    )
    byObject = await network(
      [
        [0, 0, 90],
        [0, 0, 0],
      ],
      [0, 6],
    )
  })
  after(() => Promise.all([byBackground.release(), byObject.release()]))

  it('tells a network that looks at backgrounds from one that looks at objects', async () => {
    const found = await bias(byBackground, { usual, swapped }, { compare: { fair: byObject } })
    expect(found.shape).deep.equal([4, found.columns.length])
    const shares = (network: string, data: string): number[] => {
      const { accuracy, backgrounds } = found.of(network, data)
      const { objectAlone, backgroundAlone, sameClass, otherClass } = backgrounds!
      return [accuracy, backgroundAlone, sameClass, otherClass, objectAlone].map(
        ({ share }) => share,
      )
    }
    expect(shares('toy', 'usual').slice(0, 4)).deep.equal([1, 1, 1, 0])
    expect(shares('toy', 'swapped').slice(0, 4)).deep.equal([0, 0, 0, 1])
    // Without blue, all is black: right of half of the backgrounds.
    expect(shares('fair', 'usual')).deep.equal([1, 0.5, 1, 1, 1])
    expect(shares('fair', 'swapped')).deep.equal([1, 0.5, 1, 1, 1])

    const { onObject } = found.of('toy', 'usual')
    expect(onObject.gradcam).equal(0)
    expect(onObject.saliency).equal(0) // the rectifier is off where there is no red
    expect(found.of('toy').area).closeTo(area, 1e-6)
    // Black has no maps that speak for it: the mean is of those pictures that have a map.
    expect(found.of('fair', 'usual').onObject.gradcam).closeTo(1, 1e-6)

    const row = Array.from(found.data.subarray(0, found.columns.length))
    expect(found.columns).deep.equal([
      ...['accuracy', 'saliency', 'gradcam', 'area'],
      ...['objectAlone', 'backgroundAlone', 'sameClass', 'otherClass'],
    ])

    ;[1, 0, 0, area].forEach((value, i) => expect(row[i]).closeTo(value, 1e-5))
    expect(found.toString()).contains('toy: swapped').contains('fair: usual')
    expect(found.figure.caption).contains('Xiao')
    expect(JSON.parse(JSON.stringify(found.provenance))).deep.equal(found.provenance)
  })

  it('ranks what is wrong by how certain the network was, with and without masks', async () => {
    const pale = picture('blue', false)
    for (let i = 0; i < pale.image.data.length; i++) pale.image.data[i]! *= 0.5
    const items = [picture('blue', true), pale, picture('black', true)]
    const found = await bias(byBackground, items)
    const { wrong, accuracy } = found.of('toy')
    expect(accuracy.share).closeTo(1 / 3, 1e-12)
    expect(wrong.map(({ index }) => index)).deep.equal([2, 1])
    expect(wrong[0]).deep.include({ className: 'black', predicted: 'blue' })
    const score = 9 * 0.8 * (1 - area)
    expect(wrong[0]!.probability).closeTo(1 / (1 + Math.exp(-score)), 1e-5)
    expect(wrong[0]!.onObject!.gradcam).equal(0)
    expect(found.wrong.toString()).contains('2 of 3 wrong').contains('black taken for blue (100 %)')

    const bare = await bias(
      byBackground,
      items.map(({ image, className }) => ({ image, className })),
      { maps: ['gradcam'] },
    )
    const report = bare.of('toy')
    expect(report.wrong.map(({ index }) => index)).deep.equal([2, 1])
    expect(report.wrong[0]!.onObject).undefined
    expect(report.backgrounds).undefined
    expect(report.area).NaN
    expect(bare.figure.caption).contains('is not known')
    expect(bare.wrong.toString()).contains('black taken for blue')
    const none = await bias(byObject, usual)
    expect(none.wrong.toString()).contains('0 of 6 wrong')
  })

  it('leaves out pictures of classes that a network does not know or is not asked about', async () => {
    const items = [{ ...usual[0]!, className: 'violet' }, ...usual]
    const found = await bias(byBackground, items, { images: 2 })
    expect(found.of('toy')).deep.include({ count: 2 })
    const black = await bias(byBackground, items, { classes: ['black'] })
    expect(black.of('toy').count).equal(3)
    expect(black.of('toy').accuracy.share).equal(1) // there is nothing else to be taken for
  })

  it('refuses what there cannot be', async () => {
    const message = async (data: BiasItem[], options: BiasOptions = {}): Promise<string> => {
      const error = await rejection(bias(byObject, data, options))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message([]))
      .contains("no picture of 'pictures'")
      .contains('it is empty')
    expect(await message([{ ...usual[0]!, className: 'violet' }])).contains(
      "'violet' is none of toy",
    )
    expect(await message(usual, { images: 0 })).contains('1 or more, not 0')
    expect(await message(usual, { maps: [] })).contains('no maps')
    expect(await message(usual, { compare: { toy: byBackground } })).contains("two networks 'toy'")
    const maps = ['gradcm'] as unknown as BiasOptions['maps']
    expect(await message(usual, { maps })).contains("no map 'gradcm'; the nearest")
    expect(await message([{ ...usual[0]!, mask: [1] as never }])).contains('a mask of 1 pixels')
    const found = await bias(byObject, usual, { images: 1 })
    expect(() => found.of('tou')).throw(RangeError, "no network 'tou'; the nearest is 'toy'")
    expect(() => found.of('toy', 'other')).throw(RangeError, "no data set 'other'")
  })

  it('can be interrupted', async () => {
    chooseSignal(AbortSignal.abort())
    try {
      expect((await rejection(bias(byObject, usual))).message).contains('was interrupted')
    } finally {
      chooseSignal(undefined)
    }
  })
})
