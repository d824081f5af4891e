import { expect } from 'chai'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { type Image, type Network, viz } from '../../src/index.js'
import { gramMatrix } from '../../src/objectives/gram.js'
import { featureMaps } from '../../src/texture/feature-layers.js'
import { gram } from '../../src/texture/gram.js'
import { movePlaces, shufflePlaces } from '../../src/texture/shuffle.js'
import { rejection } from '../rejection.js'
import { relativeError } from '../reference.js'
import { randomTensor } from '../toys.js'

describe('Gram matrices of a picture', () => {
  let net: Network
  let brick: Image
  before(async () => {
    net = await viz.model('scenes')
    brick = viz.background('brick', { size: 64, seed: 3 })
  })
  after(() => net.release())

  it('are HW times the mean outer product of a place’s features, symmetric, and positive semidefinite', async () => {
    const made = await viz(net).on(brick).gram('relu2', { normalisation: 'none' })
    const { relu2 } = await featureMaps(net, brick, ['relu2'])
    const [, channels, height, width] = relu2!.shape as [number, number, number, number]
    expect([height, width]).eql([16, 16])
    const places = height * width
    const mean = new Float64Array(channels * channels)
    for (let place = 0; place < places; place++)
      for (let i = 0; i < channels; i++)
        for (let j = 0; j < channels; j++)
          mean[i * channels + j]! +=
            (relu2!.data[i * places + place]! * relu2!.data[j * places + place]!) / places
    const twin = { data: Float32Array.from(mean, (v) => v * places), shape: made.shape }
    expect(relativeError(made, twin)).below(1e-6)
    const rows = Array.from({ length: channels }, (_, i) =>
      Array.from(made.data.subarray(i * channels, (i + 1) * channels)),
    )
    rows.forEach((row, i) => row.forEach((v, j) => expect(v).equal(rows[j]![i])))
    const { realEigenvalues } = new EigenvalueDecomposition(new Matrix(rows))
    expect(Math.min(...realEigenvalues)).above(-1e-5 * Math.max(...realEigenvalues))
  })

  it('differ by their divisor alone, and several layers come one after the other', async () => {
    const [none, hw, chw] = await Promise.all(
      (['none', 'hw', 'chw'] as const).map((normalisation) =>
        gram(net, brick, ['relu1', 'relu2'], { normalisation }),
      ),
    )
    const scaled = (factor: number) => ({
      data: none!.of('relu2').data.map((v) => v / factor),
      shape: [1, 64, 64],
    })
    expect(relativeError(hw!.of('relu2'), scaled(256))).below(1e-6)
    expect(relativeError(chw!.of('relu2'), scaled(64 * 256))).below(1e-6)
    expect(chw!.shape).eql([32 * 32 + 64 * 64])
    expect(chw!.data.subarray(32 * 32)).eql(chw!.of('relu2').data)
    expect(chw!.layers).eql(['relu1', 'relu2'])
    expect(() => chw!.of('relu3')).throws(RangeError, 'relu1, relu2')
    const html = (await chw!.interactive()).html()
    expect(html).contain('channel %{y}').and.contain('"label":"relu2"')
    expect(chw!.toString()).contain('relu2: 64×64 matrix')
  })

  it('of a region are those of the features there, as if there were nothing else', () => {
    const features = randomTensor([1, 3, 4, 4])
    const half = {
      data: Float32Array.from({ length: 16 }, (_, i) => Number(i < 8)),
      shape: [1, 4, 4],
    }
    const upper = Float32Array.from(
      { length: 24 },
      (_, i) => features.data[Math.floor(i / 8) * 16 + (i % 8)]!,
    )
    const alone = gramMatrix({ data: upper, shape: [1, 3, 2, 4] })
    expect(relativeError(gramMatrix(features, 'chw', half), alone)).below(1e-6)
    const all = { data: new Float32Array(16).fill(1), shape: [1, 4, 4] }
    expect(gramMatrix(features, 'hw', all).data).eql(gramMatrix(features, 'hw').data)
    const nowhere = { data: new Float32Array(16), shape: [1, 4, 4] }
    expect(() => gramMatrix(features, 'hw', nowhere)).throws(RangeError, '0 everywhere')
    expect(() => gramMatrix(features, 'hw', { ...half, shape: [1, 2, 8] })).throws(
      RangeError,
      '[1, 4, 4]',
    )
  })

  it('forget where things are: whole numbers give the same sums in any order, others to rounding', async () => {
    const whole = randomTensor([1, 5, 3, 4])
    whole.data.forEach((v, i) => (whole.data[i] = Math.round(8 * v)))
    const order = [7, 2, 0, 11, 5, 1, 3, 10, 4, 9, 8, 6]
    const moved = movePlaces(whole, order)
    expect(moved.data).not.eql(whole.data)
    expect(moved.data[0]).equal(whole.data[7])
    expect(gramMatrix(moved).data).eql(gramMatrix(whole).data)

    const shuffled = await shufflePlaces(net, brick, 'relu2', { seed: 1 })
    expect(shuffled.difference).below(1e-6)
    expect(shuffled.shape).eql([2, 64, 16, 16])
    const [before, after] = [shuffled.data.slice(0, 64 * 256), shuffled.data.slice(64 * 256)]
    expect(after).not.eql(before)
    expect(after.toSorted()).eql(before.toSorted())
    expect((await shufflePlaces(net, brick, 'relu2', { seed: 1 })).data).eql(shuffled.data)
    expect(shuffled.toString()).contain('Places shuffled')
  })

  it('say what is wrong', async () => {
    expect(await rejection(gram(net, brick, 'relu22'))).match(/relu2/)
    expect(await rejection(gram(net, brick, 'fc7'))).match(/feature maps.*relu5/)
    expect(await rejection(gram(net, brick, []))).match(/name a layer/)
    expect(await rejection(gram(net, brick, 'relu1', { normalisation: 'x' as 'hw' }))).match(
      /'chw'/,
    )
    expect(() => movePlaces(randomTensor([1, 2, 2, 2]), [0, 1])).throws(RangeError, '2 places')
  })
})
