import { expect } from 'chai'
import { scenes, splits } from '../../datasets/scenes/index.js'
import { saliency } from '../../src/attribution/saliency.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { Image } from '../../src/image/image.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import type { Network } from '../../src/network/network.js'
import { neuron } from '../../src/objectives/units.js'
import { BACKGROUND, grabCut, OBJECT, UNKNOWN } from '../../src/segmentation/grabcut.js'
import { intersectionOverUnion } from '../../src/segmentation/regions.js'
import { segment } from '../../src/segmentation/segment.js'
import { viz } from '../../src/viz.js'
import { rejection } from '../rejection.js'

const [width, height] = [40, 30]
const disc = Uint8Array.from({ length: width * height }, (_, i) =>
  Number(Math.hypot((i % width) - 22, Math.floor(i / width) - 14) < 9),
)

/** A disc of two reds on two greens, with noise. */
function discPicture(noise = 0.06): Image {
  const random = new Random(mixSeeds(1))
  const image = new Image(width, height)
  disc.forEach((inside, i) => {
    const dark = (i % width) % 6 < 3 ? 0 : 0.2
    const colour = inside ? [0.75 - dark, 0.2, 0.15] : [0.2, 0.75 - dark, 0.3]
    colour.forEach(
      (value, c) => (image.data[c * disc.length + i] = value + random.uniform(-noise, noise)),
    )
  })
  return image
}

describe('GrabCut', () => {
  const image = discPicture()
  const seeds = (object: (i: number) => boolean, background: (i: number) => boolean) =>
    Uint8Array.from(disc, (_, i) => (object(i) ? OBJECT : background(i) ? BACKGROUND : UNKNOWN))
  const near = (i: number): boolean => Math.hypot((i % width) - 22, Math.floor(i / width) - 14) < 4
  const far = (i: number): boolean => i % width < 8

  it('finds a disc from a few pixels inside and outside', () => {
    const mask = grabCut(image, seeds(near, far))
    expect(intersectionOverUnion(mask, disc)).equal(1)
  })

  it('bears seeds on the wrong side, unless they are hard', () => {
    const stray = (i: number): boolean => near(i) || (i >= 5 * width + 2 && i < 5 * width + 6)
    const soft = grabCut(image, seeds(stray, far))
    const hard = grabCut(image, seeds(stray, far), { hard: true })
    expect(intersectionOverUnion(soft, disc)).equal(1)
    expect([...hard.subarray(5 * width + 2, 5 * width + 6)]).deep.equal([1, 1, 1, 1])
    hard.forEach((value, i) => {
      if (far(i) && !stray(i)) expect(value).equal(0)
    })
  })

  it('is the smoother the dearer edges are', () => {
    const noisy = discPicture(0.4)
    const wrong = (smoothness: number): number => {
      const mask = grabCut(noisy, seeds(near, far), { smoothness, iterations: 1, components: 1 })
      return mask.reduce((sum, one, i) => sum + Number(one !== disc[i]), 0)
    }
    expect(wrong(0)).above(60)
    expect(wrong(3)).below(wrong(0) / 2)
    expect(wrong(1e6)).equal(disc.reduce((sum, one) => sum + one, 0)) // one piece, all background
  })

  it('finds nothing without seeds of both kinds', () => {
    expect(
      grabCut(
        image,
        seeds(near, () => false),
      ).every((one) => one === 0),
    ).true
    expect(grabCut(image, new Uint8Array(disc.length)).every((one) => one === 0)).true
  })

  it('refuses what there cannot be', () => {
    expect(() => grabCut(image, [1])).throw(RangeError, '1 seeds do not fit an image of 40×30')
    const some = seeds(near, far)
    expect(() => grabCut(image, some, { iterations: 0 })).throw(RangeError, 'not 0 times')
    expect(() => grabCut(image, some, { smoothness: -1 })).throw(RangeError, 'from 0 up, not -1')
  })
})

describe('segmentation from maps', function () {
  this.timeout(60_000)
  let net: Network
  const data = scenes({ ...splits.test, length: 40 })
  before(async () => {
    net = await viz.model('scenes')
  })
  after(() => net.release())

  it('finds the objects of 40 unseen scenes, far better than the map alone', async () => {
    const middle = Uint8Array.from({ length: 96 * 96 }, (_, i) =>
      Number(Math.max(Math.abs((i % 96) - 47.5), Math.abs(Math.floor(i / 96) - 47.5)) < 28),
    )
    let [graphCut, threshold, square] = [0, 0, 0]
    for (const scene of data) {
      const view = viz(net).on(scene)
      const map = await view.saliency()
      const options = { from: map, blur: 2 }
      graphCut += (await view.segment({ ...options, method: 'graphcut' })).iou! / data.length
      threshold += (await view.segment({ ...options, method: 'threshold' })).iou! / data.length
      square += intersectionOverUnion(middle, scene.mask) / data.length
    }
    expect(graphCut).above(0.7)
    expect(graphCut).above(threshold + 0.15)
    expect(graphCut).above(square + 0.2) // the best square in the middle: 0.41
  })

  it('shows its seeds and its score, and is the same each time', async () => {
    const scene = data.get(1)
    const found = await viz(net).on(scene).segment()
    const again = await viz(net).on(scene).segment()
    expect([...found.data]).deep.equal([...again.data])
    expect(found.shape).deep.equal([1, 96, 96])
    expect(found.iou).closeTo(intersectionOverUnion(found.mask, scene.mask), 1e-12)
    expect(found.iou).above(0.9)
    const share = (kind: number) => found.seeds.filter((one) => one === kind).length / 96 ** 2
    expect(share(OBJECT)).closeTo(0.05, 0.002)
    expect(share(BACKGROUND)).closeTo(0.3, 0.002)
    expect(found.toString()).contains('Saliency: turtle').contains('GrabCut: turtle')
    expect(found.outline.caption).contains(`IoU ${found.iou!.toFixed(2)}`)
    expect(found.provenance.parameters).deep.include({
      method: 'grabcut',
      from: 'saliency',
      object: 0.95,
    })
  })

  it('takes the class that the view explains, maps that are there and functions', async () => {
    const scene = data.get(1)
    const target = net.classIndex('wolf')
    const asked = await viz(net).on(scene).target('wolf').segment({ method: 'threshold' })
    const map = await saliency(net, scene.image, { target })
    const given = await viz(net).on(scene).segment({ method: 'threshold', from: map })
    expect([...asked.data]).deep.equal([...given.data])
    const made = await segment(net, scene.image, { target, method: 'threshold', from: () => map })
    expect([...made.data]).deep.equal([...asked.data])
    expect(made.iou).undefined

    const of = viz(net)
      .on(scene)
      .target(neuron('conv5', [1, 2, 2]))
    expect((await of.segment({ from: map, method: 'threshold' })).data.some(Boolean)).true
    const error = await rejection(of.segment())
    expect(error).instanceOf(TypeError)
    expect(error.message).contains('a class as `target`, or its map as `from`')
  })

  it('compares with the mask as the network sees it', async () => {
    // A picture twice as wide as high: the network sees its middle.
    const { image, mask } = data.get(1)
    const wide = new Image(192, 96)
    const wideMask = new Uint8Array(192 * 96)
    for (let y = 0; y < 96; y++)
      for (let x = 0; x < 96; x++) {
        for (let c = 0; c < 3; c++)
          wide.data[(c * 96 + y) * 192 + x + 48] = image.data[(c * 96 + y) * 96 + x]!
        wideMask[y * 192 + x + 48] = mask[y * 96 + x]!
      }
    const target = 'turtle'
    const middle = await segment(net, image, { target, mask })
    const found = await segment(net, wide, { target, mask: wideMask })
    expect(found.iou).equal(middle.iou)
  })

  it('says so where a map is the same everywhere', async () => {
    const flat: Tensor = { data: new Float32Array(9).fill(1), shape: [1, 3, 3] }
    for (const method of ['grabcut', 'threshold'] as const) {
      const found = await viz(net).on(data.get(0)).segment({ from: flat, method })
      expect(found.data.some(Boolean)).false
      expect(found.outline.caption).contains('Nothing found')
      expect(found.iou).equal(0)
    }
  })

  it('refuses what there cannot be', async () => {
    const message = async (options: object): Promise<string> => {
      const error = await rejection(viz(net).on(data.get(0)).segment(options))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message({ method: 'grapcut' })).contains(
      "no way to segment 'grapcut'; the nearest",
    )
    expect(await message({ from: 'gradcm' })).contains("no map 'gradcm'; the nearest")
    expect(await message({ object: 0.2 })).contains('background is 0.3, object 0.2')
    expect(await message({ method: 'threshold', threshold: 2 })).contains('from 0 to 1, not 2')
    expect(await message({ mask: [1] })).contains('a mask of 1 pixels does not fit')
    expect(await message({ blur: -1 })).contains('not -1')
  })
})
