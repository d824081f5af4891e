import { expect } from 'chai'
import { adam, type Image, type Network, viz } from '../../src/index.js'
import {
  contentLayer,
  featureMaps,
  multiplyAdds,
  styleLayers,
} from '../../src/texture/feature-layers.js'
import { synthesise } from '../../src/texture/synthesise.js'
import { rejection } from '../rejection.js'
import { relativeError } from '../reference.js'
import { toyNetwork } from '../toys.js'

describe('neural texture synthesis', () => {
  let net: Network
  let brick: Image
  before(async () => {
    net = await viz.model('scenes')
    brick = viz.background('brick', { size: 48, seed: 3 })
  })
  after(() => net.release())

  it('makes of noise a picture of another size with nearly the same Gram matrices', async () => {
    const made = await viz(net)
      .on(brick)
      .synthesise({ steps: 40, size: [56, 64], seed: 1, snapshots: 2 })
    expect(made.shape).eql([1, 3, 56, 64])
    expect(made.styleDrop).above(0.9)
    expect(made.losses.map(({ kind, layer }) => layer ?? kind)).eql([
      ...styleLayers(net),
      'variation',
    ])
    for (const { kind, before, after } of made.losses)
      if (kind === 'style') expect(after).below(0.5 * before)
    const [first] = made.history
    expect(made.losses.reduce((sum, { before }) => sum + before, 0)).closeTo(
      first![0]!,
      1e-3 * first![0]!,
    )
    expect(made.losses.reduce((sum, { after }) => sum + after, 0)).closeTo(
      made.values[0]!,
      1e-3 * made.values[0]!,
    )
    const before = await viz(net).on(made.snapshots[0]!.images[0]!).gram('relu2')
    const after = await viz(net).on(made.image).gram('relu2')
    const wanted = await viz(net).on(brick).gram('relu2')
    expect(relativeError(after, wanted)).below(0.5 * relativeError(before, wanted))
    expect(made.cost.millisecondsPerStep).above(0)
    expect(made.toString()).contain('Made of noise')
    expect(JSON.stringify(made.provenance)).not.contain('millisecond')
  })

  it('of the texture itself has no loss', async () => {
    const { losses } = await synthesise(net, brick, { start: brick, steps: 0, variation: 0 })
    expect(losses.length).equal(5)
    for (const { before, after } of losses) {
      expect(before).below(1e-9)
      expect(after).below(1e-9)
    }
  })

  it('is the same for the same seed, with Adam as well, and another for another', async () => {
    const made = (seed: number) =>
      synthesise(net, brick, {
        layers: { relu1: 2 },
        steps: 3,
        optimiser: adam({ rate: 0.1 }),
        seed,
      })
    const [one, same, other] = [await made(1), await made(1), await made(2)]
    expect(same.data).eql(one.data)
    expect(other.data).not.eql(one.data)
    expect(one.values[0]).below(one.history[0]![0]!)
    expect(one.provenance.parameters).deep.include({ layers: { relu1: 2 }, seed: 1, done: 3 })
  })

  it('layer by layer, each alone or with all before', async () => {
    const options = { layers: ['relu1', 'relu3'], steps: 2, seed: 1 }
    const each = await viz(net).on(brick).synthesiseByLayer(options)
    const all = await viz(net)
      .on(brick)
      .synthesiseByLayer({ ...options, by: 'cumulative' })
    expect(each.shape).eql([2, 3, 48, 48])
    expect(each.textures[0]!.data).eql(all.textures[0]!.data)
    expect(each.textures[1]!.data).not.eql(all.textures[1]!.data)
    expect(all.textures[1]!.losses.flatMap(({ layer }) => layer ?? [])).eql(['relu1', 'relu3'])
    expect(all.images.length).equal(2)
    expect(all.toString()).contain('… and relu3')
  })

  it('gives what there is at an interrupt', async () => {
    const made = await synthesise(net, brick, { signal: AbortSignal.abort() })
    expect(made.interrupted).equal(true)
    expect(made.steps).equal(0)
    expect(made.image.width).equal(48)
    const layers = viz(net).on(brick).synthesiseByLayer({ signal: AbortSignal.abort() })
    expect((await rejection(layers)).name).equal('AbortError')
  })

  it('describes textures by one rectified layer of each resolution, and content deeper down', async () => {
    expect(styleLayers(net)).eql(['relu1', 'relu2', 'relu3', 'relu4', 'relu5'])
    expect(contentLayer(net)).equal('relu2')
    const deep = await toyNetwork([3, 32, 32], (toy, input) => {
      let x = input
      for (const stage of [1, 2, 3]) {
        for (const layer of ['a', 'b'])
          x = toy.relu(
            `relu${stage}${layer}`,
            toy.conv(`conv${stage}${layer}`, x, 4 * stage, 3, { padding: 1 }),
          )
        if (stage < 3) x = toy.maxPool(`pool${stage}`, x, 2, { stride: 2 })
      }
      return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', x)), 3)
    })
    expect(styleLayers(deep)).eql(['relu1a', 'relu2a', 'relu3a'])
    expect(contentLayer(deep)).equal('relu2b')
    const features = await featureMaps(deep, brick, ['relu1a', 'relu2b'])
    expect(Object.keys(features)).eql(['relu1a', 'relu2b'])
    // Twice the pixels of the network's own input; no layer behind conv1a counts.
    expect(multiplyAdds(deep, ['relu1a'], [64, 32])).equal(2 * (32 * 32 * 4) * (3 * 3 * 3))
    await deep.release()
  })

  it('says what is wrong', async () => {
    expect(await rejection(synthesise(net, brick, { layers: ['relu9'] }))).match(/relu/)
    expect(await rejection(synthesise(net, brick, { layers: [] }))).match(/name a layer/)
    expect(await rejection(synthesise(net, brick, { layers: { relu1: -1 } }))).match(/relu1.*-1/)
    expect(await rejection(synthesise(net, brick, { variation: -1 }))).match(/total variation/)
    expect(await rejection(synthesise(net, brick, { layers: { relu1: 0 }, variation: 0 }))).match(
      /weights are 0/,
    )
    const by = viz(net)
      .on(brick)
      .synthesiseByLayer({ by: 'x' as 'each' })
    expect(await rejection(by)).match(/'cumulative'/)
  })
})
