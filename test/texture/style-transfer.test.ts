import { expect } from 'chai'
import {
  adam,
  clamp,
  Image,
  type Network,
  optimise,
  pixels,
  totalVariation,
  viz,
} from '../../src/index.js'
import { lumaOf, withColoursOf } from '../../src/texture/colours.js'
import { stylePreset } from '../../src/texture/style-presets.js'
import { styleTransfer } from '../../src/texture/style-transfer.js'
import { featureMaps } from '../../src/texture/feature-layers.js'
import { resize } from '../../src/image/resize.js'
import { gramMatrix } from '../../src/objectives/gram.js'
import { relativeError } from '../reference.js'
import { randomTensor } from '../toys.js'
import { rejection } from '../rejection.js'

const plane = (image: Image): number => image.width * image.height

/** The mean change of pixels where a mask is 1, or 0. */
function change(a: Image, b: Image, mask: ArrayLike<number>, where: number): number {
  let [sum, count] = [0, 0]
  a.data.forEach((value, i) => {
    if (mask[i % plane(a)] !== where) return
    sum += Math.abs(value - b.data[i]!)
    count++
  })
  return sum / count
}

describe('style transfer', () => {
  let net: Network
  let photo: Image
  let brick: Image
  let water: Image
  before(async () => {
    net = await viz.model('scenes')
    photo = viz.scenes({ classes: ['cat'], size: 48, seed: 7 }).get(0).image
    brick = viz.background('brick', { size: 64, seed: 3 })
    water = viz.background('water', { size: 48, seed: 1 })
  })
  after(() => net.release())
  const quick = { size: 48, steps: 8 }

  it('brings the style loss down, and names every term before and after', async () => {
    const made = await viz(net)
      .on(photo)
      .style(brick, { size: 48, steps: 30, weight: 2, snapshots: 1 })
    expect(made.styleDrop).above(0.9)
    expect(made.shape).eql([1, 3, 48, 48])
    expect(made.losses.map(({ kind }) => kind)).eql([
      'content',
      ...Array<string>(5).fill('style'),
      'variation',
    ])
    const sum = made.losses.reduce((total, { before }) => total + before, 0)
    expect(sum).closeTo(made.history[0]!, 1e-3 * sum)
    expect(made.losses[0]!.before).equal(0)
    expect(made.cost.multiplyAdds).above(1e6)
    expect(made.toString()).contain('Stylised')
    expect(made.provenance.parameters).deep.include({
      preset: 'relative',
      weight: 2,
      start: 'content',
    })
  })

  it('to the picture itself has no loss and changes nothing', async () => {
    const made = await styleTransfer(net, photo, photo, { ...quick, variation: 0 })
    for (const { before } of made.losses) expect(before).below(1e-9)
    made.image.data.forEach((value, i) => expect(value).closeTo(photo.data[i]!, 1e-5))
  })

  it('mixes styles by the weighted mean of their Gram matrices', async () => {
    const losses = async (styles: Parameters<typeof styleTransfer>[2]) =>
      (await styleTransfer(net, photo, styles, { ...quick, steps: 0 })).losses.map(
        ({ before }) => before,
      )
    const both = [brick, { image: water, weight: 3 }]
    const alone = await losses(brick)
    expect(await losses([brick, { image: water, weight: 0 }])).eql(alone)
    expect(await losses([{ image: brick, weight: 5 }])).eql(alone)
    expect(await losses(both)).not.eql(alone)
    // A mixture of a picture with itself is the picture.
    const twice = await losses([
      { image: brick, weight: 0.3 },
      { image: brick, weight: 0.7 },
    ])
    twice.forEach((value, i) => expect(value).closeTo(alone[i]!, 1e-4 * (1 + alone[i]!)))
  })

  it('keeps a style within its region, and gives each region its own', async () => {
    const left = Float32Array.from({ length: 48 * 48 }, (_, i) => Number(i % 48 < 24))
    const one = await styleTransfer(
      net,
      photo,
      { image: brick, mask: left },
      { ...quick, steps: 20 },
    )
    expect(change(one.image, photo, left, 0)).equal(0)
    expect(change(one.image, photo, left, 1)).above(0.03)

    // Of two regions that fill the picture, each comes nearer to its own style than to the other's.
    const right = left.map((value) => 1 - value)
    const styles = [
      { image: brick, mask: left },
      { image: water, mask: right },
    ]
    const two = await styleTransfer(net, photo, styles, { ...quick, steps: 20, content: {} })
    const maps = async (image: Image) =>
      (await featureMaps(net, resize(image, 48, 48), ['relu1'])).relu1!
    const made = await maps(two.image)
    const grams = [gramMatrix(await maps(brick)), gramMatrix(await maps(water))]
    for (const [own, other, first] of [
      [0, 1, true],
      [1, 0, false],
    ] as const) {
      const half = Float32Array.from({ length: 24 * 24 }, (_, i) => Number(i % 24 < 12 === first))
      const found = gramMatrix(made, 'chw', { data: half, shape: [1, 24, 24] })
      expect(relativeError(found, grams[own]!)).below(relativeError(found, grams[other]!))
    }
    expect(two.losses.filter(({ kind }) => kind === 'style').length).equal(10)
  })

  it('keeps the content’s chroma exactly, and takes the brightness as far as colours allow', async () => {
    const made = await styleTransfer(net, photo, brick, { ...quick, colours: 'content' })
    const chroma = ({ data }: Image, i: number, size: number): number[] => {
      const [r, g, b] = [data[i]!, data[size + i]!, data[2 * size + i]!]
      const luma = lumaOf(r, g, b)
      return [b - luma, r - luma]
    }
    const size = plane(photo)
    for (let i = 0; i < size; i++)
      chroma(made.image, i, size).forEach((value, k) =>
        expect(value).closeTo(chroma(made.content, i, size)[k]!, 1e-6),
      )
    expect(made.image.data).not.eql(made.content.data)
    made.image.data.forEach((value) => expect(value).within(-1e-7, 1 + 1e-7))

    const grey = new Image(1, 1, Float32Array.of(0.6, 0.6, 0.6))
    const red = new Image(1, 1, Float32Array.of(0.5, 0.2, 0.2))
    const [r, g, b] = withColoursOf(grey, red).data
    expect(lumaOf(r!, g!, b!)).closeTo(0.6, 1e-6)
    expect(r! - g!).closeTo(0.3, 1e-6)
    const white = new Image(1, 1, Float32Array.of(1, 1, 1))
    const brightest = withColoursOf(white, red).data
    expect(brightest[0]).closeTo(1, 1e-6)
    expect(brightest[1]).closeTo(0.7, 1e-6)
    expect(() => withColoursOf(grey, photo)).throws(RangeError, '48×48')
  })

  it('compares weights, sizes of the style, and mixtures', async () => {
    const few = { size: 32, steps: 2 }
    const weights = await viz(net)
      .on(photo)
      .styleSweep(brick, { ...few, weights: [0.1, 10] })
    expect(weights.shape).eql([2, 3, 32, 32])
    expect(weights.names).eql(['weight 0.1', 'weight 10'])
    expect(weights.images[0]!.data).not.eql(weights.images[1]!.data)
    const scales = await viz(net)
      .on(photo)
      .styleSweep(brick, { ...few, scales: [2, 0.75] })
    expect(scales.transfers[0]!.losses[1]!.before).not.equal(scales.transfers[1]!.losses[1]!.before)
    const mixes = await viz(net)
      .on(photo)
      .styleSweep([brick, water], {
        ...few,
        mixes: [
          [3, 7],
          [7, 3],
        ],
      })
    expect(mixes.names).eql(['3 : 7', '7 : 3'])
    const none = viz(net).on(photo).styleSweep(brick, few)
    expect(await rejection(none)).match(/what is varied/)
    const wrong = viz(net)
      .on(photo)
      .styleSweep(brick, { ...few, mixes: [[1, 2]] })
    expect(await rejection(wrong)).match(/2 weights.*1 styles/)
  })

  it('is the same for the same seed, and gives what there is at an interrupt', async () => {
    const made = (seed: number) =>
      styleTransfer(net, photo, brick, {
        ...quick,
        steps: 2,
        start: { noise: 0.2 },
        optimiser: adam({ rate: 0.1 }),
        seed,
      })
    const [one, same, other] = [await made(1), await made(1), await made(2)]
    expect(same.data).eql(one.data)
    expect(other.data).not.eql(one.data)
    const stopped = await styleTransfer(net, photo, brick, {
      ...quick,
      signal: AbortSignal.abort(),
    })
    expect(stopped.interrupted).equal(true)
    expect(stopped.steps).equal(0)
    stopped.image.data.forEach((value, i) => expect(value).closeTo(photo.data[i]!, 1e-5))
  })

  it('has the published constants', async () => {
    const gatys = stylePreset('gatys', net)
    expect([gatys.size, gatys.steps, gatys.scale]).eql([512, 500, 'mean'])
    expect(gatys.layers.relu1).equal(1e3)
    const johnson = stylePreset('johnson', net)
    expect([johnson.content.relu2, johnson.layers.relu1, johnson.variation, johnson.steps]).eql([
      5, 100, 1e-3, 1000,
    ])
    expect(() => stylePreset('cs231n', net)).throws(RangeError, /SqueezeNet 1\.1.*'relative'/)
    // 'mean' divides by all numbers of a layer, and by all pairs of channels.
    const options = { ...quick, steps: 0, start: brick, variation: 0 }
    const sum = await styleTransfer(net, photo, water, { ...options, preset: 'relative' })
    const mean = await styleTransfer(net, photo, water, { ...options, preset: 'johnson' })
    const [one, two] = [sum.losses, mean.losses].map((losses) =>
      losses.map(({ weight, before }) => before / weight),
    )
    one!.forEach((value, i) => i > 0 && expect(two![i]).closeTo(value, 1e-3 * value))
    expect(mean.losses[0]!.weight).equal(5 / (64 * 12 * 12))
    expect(mean.losses[1]!.weight).equal(100 / 32 ** 2)
  })

  it('clamps as CS231n does, until a step', async () => {
    const start = {
      data: randomTensor([1, 3, 96, 96]).data.map((v) => 3 * v),
      shape: [1, 3, 96, 96],
    }
    const run = (steps: number, until: number) =>
      optimise(net, {
        of: totalVariation(),
        direction: 'descend',
        start,
        steps,
        image: pixels({ range: 'free' }),
        optimiser: adam({ rate: 1e-6 }),
        regularisers: [clamp(1.5, { until })],
      })
    const largest = (made: { data: Float32Array }) =>
      made.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
    expect(largest(start)).above(1.6)
    expect(largest(await run(1, 1))).above(1.6)
    expect(largest(await run(2, 2))).closeTo(1.5, 1e-4)
    expect(() => clamp(0)).throws(RangeError)
  })

  it('says what is wrong', async () => {
    const wrong = async (styles: Parameters<typeof styleTransfer>[2], options = {}) =>
      rejection(styleTransfer(net, photo, styles, { ...quick, ...options }))
    expect(await wrong([])).match(/name a style/)
    expect(await wrong(brick, { preset: 'gatis' })).match(/gatys/)
    expect(await wrong(brick, { weight: -1 })).match(/weight.*-1/)
    expect(await wrong(brick, { colours: 'x' })).match(/'content'/)
    expect(await wrong(brick, { size: 0 })).match(/size.*above 0/)
    expect(await wrong(brick, { layers: { relu9: 1 } })).match(/relu/)
    expect(await wrong({ image: brick, mask: [1, 0] })).match(/2304, not 2/)
    expect(await wrong({ image: brick, mask: new Float32Array(2304) })).match(/0 everywhere/)
    expect(await wrong({ image: brick, mask: new Float32Array(2304).fill(2) })).match(
      /0 to 1, not 2/,
    )
    expect(await wrong([{ image: brick, weight: 0 }])).match(/weight 0/)
  })
})
