import { expect } from 'chai'
import { type ClassName, scenes, splits } from '../../../datasets/scenes/index.js'
import { gradcam } from '../../../src/attribution/gradcam.js'
import { mapMakers, type MapMaker } from '../../../src/attribution/trust/methods.js'
import { randomised } from '../../../src/attribution/trust/randomise.js'
import { hogSimilarity, spearman, ssim } from '../../../src/attribution/trust/similarity.js'
import { Trust, trust, type TrustItem } from '../../../src/attribution/trust/trust.js'
import { theme } from '../../../src/figures/theme.js'
import { Image } from '../../../src/image/image.js'
import { mixSeeds } from '../../../src/image/random.js'
import { resizePlane } from '../../../src/image/resize.js'
import type { Network } from '../../../src/network/network.js'
import { zooNetwork } from '../../../src/network/zoo/index.js'
import { chooseSignal } from '../../../src/work/signal.js'
import { onEveryEngine } from '../../engines.js'
import { rejection } from '../../rejection.js'
import { randomTensor, toyNetwork } from '../../toys.js'

const side = 32
const random = (seed: number): Image =>
  new Image(
    side,
    side,
    randomTensor([3 * side * side], seed).data.map((v) => (v + 1) / 2),
  )

onEveryEngine('trust', (engine) => {
  let net: Network
  const mask = Uint8Array.from({ length: side * side }, (_, i) => Number(i % side < 8))
  const items: TrustItem[] = [
    { image: random(1), mask, className: 'wolf' },
    { image: random(2), mask },
    { image: random(3) },
  ]
  before(async () => {
    net = await toyNetwork(
      [3, side, side],
      (toy, input) => {
        const first = toy.relu('relu1', toy.conv('conv1', input, 4, 3, { stride: 2 }))
        const maps = toy.relu('relu2', toy.conv('conv2', first, 5, 3))
        return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', maps)), 3)
      },
      { engine, classes: ['dog', 'wolf', 'cat'] },
    )
  })
  after(() => net.release())

  it('compares all methods, on the classes that pictures have or are taken for', async () => {
    const found = await trust(net, items, { images: 2, steps: 4 })
    const names = Object.keys(mapMakers)
    expect(found.shape).deep.equal([names.length, 7])
    expect(found.methods.map(({ method }) => method)).deep.equal(names)
    expect(found.stages).deep.equal([['fc'], ['conv2'], ['conv1']])
    const { targets } = found.provenance.parameters as { targets: number[] }
    const scores = await net.scoresOf(net.preprocess(items[1]!.image))
    expect(targets).deep.equal([1, scores.data.indexOf(Math.max(...scores.data))])
    found.methods.forEach(({ sanity, deletion, insertion, pointing, energy }, i) => {
      const { spearman, ssim, hog } = sanity.at(-1)!
      const row = [spearman, ssim, hog, deletion.auc, insertion.auc, pointing, energy]
      row.forEach((value, c) => expect(found.data[i * 7 + c]).closeTo(value, 1e-6))
      expect(sanity).length(3)
    })
    const edges = found.of('edges')
    expect(edges.control).true
    for (const { spearman, ssim, hog } of edges.sanity)
      for (const value of [spearman, ssim, hog]) expect(value).closeTo(1, 1e-4)
    expect(Math.abs(found.of('random').sanity.at(-1)!.spearman)).below(0.15)
    expect(found.toString()).contains('Integrated gradients').contains('Random numbers')
    expect(found.figure.caption).contains('by chance 25 %')
    expect(found.sanity.toString()).contains('structural similarity')
    expect(found.curves.toString()).contains('Deletion').contains('Insertion')
    expect(found.cascade.toString()).contains('trained, … fc, … conv2, … conv1')
    expect(JSON.parse(JSON.stringify(found.provenance))).deep.equal(found.provenance)
  }).timeout(60_000)

  it('measures what its parts measure', async () => {
    const options = { methods: ['gradcam'], images: 1, stages: 1, seed: 5, steps: 3 } as const
    const found = await trust(net, items, options)
    const blank = await randomised(net, ['fc', 'conv2', 'conv1'], { seed: 5 })
    const pixels = net.preprocess(items[0]!.image)
    const [a, b] = await Promise.all(
      [net, blank].map(async (one) => {
        const map = await gradcam(one, pixels, { target: 1 })
        const [, rows, columns] = map.shape as [number, number, number]
        return { data: resizePlane(map.data, columns, rows, side, side), width: side, height: side }
      }),
    )
    const { sanity, energy } = found.of('gradcam')
    expect(found.stages).deep.equal([['fc', 'conv2', 'conv1']])
    expect(sanity[0]!.spearman).closeTo(spearman(a!.data, b!.data), 1e-6)
    expect(sanity[0]!.ssim).closeTo(ssim(a!, b!), 1e-6)
    expect(sanity[0]!.hog).closeTo(hogSimilarity(a!, b!), 1e-6)
    const all = a!.data.reduce((sum, v) => sum + v, 0)
    const inside = a!.data.reduce((sum, v, i) => sum + (mask[i] ? v : 0), 0)
    expect(energy).closeTo(all > 0 ? inside / all : 0, 1e-5)
    await blank.release()
  })

  it('takes methods of one’s own, which have the seed of the picture and stage', async () => {
    const seeds: number[] = []
    const right: MapMaker = (_, { seed }) => {
      seeds.push(seed)
      const data = Float32Array.from({ length: side * side }, (_, i) => Number(i % side >= 16))
      return { data, shape: [1, side, side] }
    }
    const left: MapMaker = () => {
      const data = Float32Array.from({ length: 64 }, (_, i) => Number(i % 8 < 2)) // coarser
      return { data, shape: [1, 8, 8] }
    }
    const found = await trust(net, items, {
      methods: { right, left },
      images: 2,
      stages: 1,
      steps: 2,
    })
    expect(found.of('right').pointing).equal(0)
    expect(found.of('right').energy).equal(0)
    expect(found.of('left').pointing).equal(1)
    expect(found.of('left').energy).above(0.9)
    expect(seeds).deep.equal(
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ].map((pair) => mixSeeds(0, ...pair)),
    )
  })

  it('finds input-multiplied maps alike where the input itself is: on empty ground (Adebayo 2018)', async () => {
    const alone = random(4)
    for (let i = 0; i < alone.data.length; i++)
      if (i % side < 20 || Math.floor(i / side) % side < 16) alone.data[i] = 0
    const methods = ['saliency', 'inputTimesGradient', 'integratedGradients'] as const
    const found = await trust(net, [{ image: alone }], { methods, steps: 1 })
    const [gradient, ...multiplied] = methods.map((name) => found.of(name).sanity.at(-1)!.spearman)
    for (const value of multiplied) expect(value).above(gradient! + 0.1)
  })

  it('shows the picture and the lines of the cascade in as many columns as there is room for', async () => {
    const methods = ['saliency', 'guided', 'edges'] as const
    const found = await trust(net, items, { images: 1, stages: 1, steps: 1, methods })
    const { width, height } = found.cascade
    expect(width).at.most(theme.maxWidth - 2 * theme.padding)
    expect(width).above(1.5 * height) // two lines in each of two columns, not four in one
  })

  it('without masks leaves their columns out', async () => {
    const found = await trust(net, items.slice(2), { methods: ['saliency'], stages: 1, steps: 2 })
    expect(found.of('saliency').pointing).NaN
    expect(found.toString()).not.contains('pointing')
  })

  it('is the same for the same seed', async () => {
    const run = async (seed: number) => [
      ...(await trust(net, items, { methods: ['smoothGrad', 'random'], images: 1, steps: 2, seed }))
        .data,
    ]
    expect(await run(3)).deep.equal(await run(3))
    expect(await run(3)).not.deep.equal(await run(4))
  })

  it('refuses what there cannot be', async () => {
    const message = async (options: object, data: TrustItem[] = items) => {
      const error = await rejection(trust(net, data, options))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message({ methods: ['gradcm'] })).contains(
      "no method 'gradcm'; the nearest are 'gradcam'",
    )
    expect(await message({ methods: [] })).equal('there are no methods to compare')
    expect(await message({ images: 0 })).contains('images is a whole number, 1 or more, not 0')
    expect(await message({ stages: 1.5 })).contains('stages is a whole number, 1 or more, not 1.5')
    expect(await message({}, [])).contains('no pictures')
    expect(await message({}, [{ image: random(1), mask: [1] }])).contains('a mask of 1 pixels')
    const wrong: MapMaker = () => ({ data: new Float32Array(4), shape: [4] })
    expect(await message({ methods: { wrong } })).contains("method 'wrong' made [4]; a map is")
    const found = await trust(net, items, { methods: ['edges'], images: 1, steps: 1 })
    expect(() => found.of('edge')).throw(RangeError, "the nearest is 'edges'")
    expect(Trust.columns).length(7)
  })

  it('can be interrupted', async () => {
    chooseSignal(AbortSignal.abort())
    try {
      const error = await rejection(trust(net, [items[0]!], { methods: ['edges'] }))
      expect(error.message).contains('Do the maps tell the truth? was interrupted')
    } finally {
      chooseSignal(undefined)
    }
  })
})

describe('trust on scenes', () => {
  it('finds Adebayo’s order: guided backpropagation outlasts the gradient, Grad-CAM forgets (2018)', async () => {
    const net = await zooNetwork('scenes')
    const classes = net.classes as ClassName[]
    const data = scenes({ ...splits.test, classes, length: 8 })
    const methods = ['saliency', 'guided', 'gradcam', 'edges'] as const
    const found = await trust(net, data, { methods, steps: 4 })
    expect(found.stages.flat()).deep.equal([
      'fc8',
      'fc7',
      'fc6',
      'conv5',
      'conv4',
      'conv3',
      'conv2',
      'conv1',
    ])
    const [gradient, guided, cam] = methods.map((name) =>
      found.of(name).sanity.map(({ spearman }) => spearman),
    )
    gradient!.forEach((value, stage) => expect(guided![stage], `stage ${stage}`).above(value))
    for (const value of cam!.slice(1)) expect(Math.abs(value)).below(0.35)
    for (const value of cam!.slice(1)) expect(value).below(guided![4]!)
    // Knowing the class beats knowing the edges of the picture.
    expect(found.of('gradcam').energy).above(found.of('edges').energy)
    await net.release()
  }).timeout(120_000)
})
