/**
 * What the papers claim, on a photograph: a bull mastiff sits behind a tiger cat. The numbers in the
 * comments were measured with SqueezeNet 1.1; where they do not bear a claim out, they say so.
 */
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { deconvnet } from '../../src/attribution/deconvnet.js'
import { gradcam } from '../../src/attribution/gradcam.js'
import { guided } from '../../src/attribution/guided.js'
import { guidedGradcam } from '../../src/attribution/guided-gradcam.js'
import { projectUnit } from '../../src/attribution/project-unit.js'
import { saliency } from '../../src/attribution/saliency.js'
import type { Tensor } from '../../src/engine/tensor.js'
import type { Image } from '../../src/image/image.js'
import { loadImage } from '../../src/image/load.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { classScore } from '../../src/objectives/scores.js'
import { fixture } from '../reference.js'

const path = (file: string): string => fileURLToPath(fixture(file))

interface Region {
  left: number
  right: number
  top: number
  bottom: number
}

/** In pixels of 224; the dog's feet, which the cat's back touches, are in neither. */
const dog: Region = { left: 78, right: 165, top: 10, bottom: 118 }
const cat: Region = { left: 40, right: 201, top: 118, bottom: 224 }

const within = ({ left, right, top, bottom }: Region, map: Tensor, i: number): boolean => {
  const [, height, width] = map.shape as [number, number, number]
  const x = (((i % width) + 0.5) / width) * 224
  const y = ((Math.floor(i / width) + 0.5) / height) * 224
  return x >= left && x < right && y >= top && y < bottom
}

/** How much denser a map is in a region than a uniform map: its share of the mass by that of the area. */
function density(map: Tensor, region: Region): number {
  const inside = [...map.data.keys()].filter((i) => within(region, map, i))
  const mass = inside.reduce((sum, i) => sum + map.data[i]!, 0)
  return mass / map.data.reduce((a, b) => a + b) / (inside.length / map.data.length)
}

const peak = ({ data }: Tensor): number => data.indexOf(Math.max(...data))

/** The share of all magnitude that lies in its strongest twentieth: 0.05 for a flat map, 1 for a sparse one. */
function sparsity({ data }: Tensor): number {
  const sorted = data.map(Math.abs).sort()
  const sum = (numbers: Float32Array): number => numbers.reduce((a, b) => a + b, 0)
  return sum(sorted.subarray(Math.floor(0.95 * sorted.length))) / sum(sorted)
}

/** The cosine of the angle between two maps: 1 where they differ in strength alone. */
function similarity(a: Tensor, b: Tensor): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a.data, b.data) / Math.sqrt(dot(a.data, a.data) * dot(b.data, b.data))
}

const norm = ({ data }: Tensor): number => Math.sqrt(data.reduce((sum, v) => sum + v * v, 0))

describe('a dog and a cat', () => {
  const [mastiff, tigerCat] = ['bull mastiff', 'tiger cat']
  let net: Network
  let photo: Image
  before(async () => {
    net = await zooNetwork('squeezenet1_1', { weights: path('squeezenet1_1/weights.safetensors') })
    photo = await loadImage(path('dog_cat_224.png'))
  })
  after(() => net.release())

  it('saliency concentrates on the object of its class (Simonyan 2014)', async () => {
    const ofDog = await saliency(net, photo, { target: mastiff })
    const ofCat = await saliency(net, photo, { target: tigerCat })
    // Of the dog's class: 2.0 times a uniform map on the dog, 1.0 on the cat. Of the cat's: 1.2 and 1.6.
    expect(density(ofDog, dog))
      .above(1.8)
      .above(1.5 * density(ofDog, cat))
    expect(density(ofCat, cat))
      .above(1.4)
      .above(1.2 * density(ofCat, dog))
  })

  it('guided backpropagation is sparser than the gradient, and DeconvNet is not (Springenberg 2015)', async () => {
    for (const target of [mastiff, tigerCat]) {
      const gradient = await net.gradient(photo, { of: classScore(target) })
      // The strongest 5 % hold 29 % of the gradient, 38 to 40 % of guided backpropagation, 27 % of DeconvNet.
      const plain = sparsity(gradient)
      expect(sparsity(await guided(net, photo, { target }))).above(1.25 * plain)
      expect(sparsity(await deconvnet(net, photo, { target }))).below(plain)
    }
  })

  it('neither of the two tells the classes apart as the gradient does (Nie 2018)', async () => {
    const both = [mastiff, tigerCat]
    const maps = (method: (target: string) => Promise<Tensor>) => Promise.all(both.map(method))
    const [a, b] = await maps((target) => net.gradient(photo, { of: classScore(target) }))
    const [c, d] = await maps((target) => guided(net, photo, { target }))
    const [e, f] = await maps((target) => deconvnet(net, photo, { target }))
    // Cosine between the maps of the two classes: 0.41, 0.94, 0.999.
    expect(similarity(a!, b!)).below(0.5)
    expect(similarity(c!, d!)).above(0.9)
    expect(similarity(e!, f!)).above(0.99)
  })

  it('Grad-CAM of the dog lies on the dog (Selvaraju 2017)', async () => {
    const map = await gradcam(net, photo, { target: mastiff })
    // 3.2 times a uniform map on the dog, 0.6 on the cat.
    expect(density(map, dog)).above(2.8)
    expect(density(map, cat)).below(0.7)
    expect(within(dog, map, peak(map))).true
  })

  it('Grad-CAM of the cat lies more on the cat than that of the dog, but peaks on the dog’s face', async () => {
    const ofDog = await gradcam(net, photo, { target: mastiff })
    const ofCat = await gradcam(net, photo, { target: tigerCat })
    // 1.4 on the cat, where the dog's map has 0.6, but 1.8 on the dog: so it is in PyTorch too.
    expect(density(ofCat, cat))
      .above(1.25)
      .above(2 * density(ofDog, cat))
    expect(density(ofCat, dog)).below(0.6 * density(ofDog, dog))
    expect(within(dog, ofCat, peak(ofCat))).true
  })

  it('guided Grad-CAM is as sharp as guided backpropagation, and tells classes apart better (Selvaraju 2017)', async () => {
    const of = (method: typeof guided) =>
      Promise.all([mastiff, tigerCat].map((target) => method(net, photo, { target })))
    const [dogs, cats] = await of(guidedGradcam)
    const [a, b] = await of(guided)
    // The strongest 5 % hold 76 % of it, and 40 % of guided backpropagation; cosine 0.85 and 0.94.
    expect(sparsity(dogs!)).above(1.5 * sparsity(a!))
    expect(similarity(dogs!, cats!)).below(similarity(a!, b!) - 0.05)
  })

  it('a projected unit shows the pattern that it answered to, and no overwriting may hide it (Zeiler & Fergus 2014)', async () => {
    const pixels = net.preprocess(photo)
    const poolings = net.layers.filter(({ type }) => type === 'MaxPool')
    let hidden = 0
    for (const [depth, { name }] of poolings.entries())
      for (const channel of [3, 20, 41]) {
        const signal = await projectUnit(net, photo, `${name}:${channel}`)
        const seen = [...signal.data.keys()].filter((i) => signal.data[i] !== 0)
        const pick = ({ data }: Tensor): Tensor => {
          const values = Float32Array.from(seen, (i) => data[i]!)
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length
          return { data: values.map((value) => value - mean), shape: [values.length] }
        }
        const literal = await projectUnit(net, photo, `${name}:${channel}`, {
          unpooling: 'overwrite',
        })
        // 0.54 to 0.89 at the first pooling, 0.11 to 0.29 deeper, where chance has 0.
        expect(similarity(pick(signal), pick(pixels)), name).above(depth === 0 ? 0.5 : 0.08)
        // Windows of 3×3, 2 apart, share their maxima with neighbours, which were set to 0.
        if (norm(literal) === 0) hidden++
      }
    expect(hidden).equal(7) // of 9
  })

  it('Grad-CAM of the difference of the scores tells them apart', async () => {
    const more = (a: string, b: string) =>
      gradcam(net, photo, { of: classScore(a).minus(classScore(b)) })
    const catNotDog = await more(tigerCat, mastiff)
    const dogNotCat = await more(mastiff, tigerCat)
    // 2.6 on the cat and 0 on the dog; the other way 4.3 on the dog and 0.13 on the cat.
    expect(within(cat, catNotDog, peak(catNotDog))).true
    expect(density(catNotDog, cat)).above(2.3)
    expect(density(catNotDog, dog)).below(0.05)
    expect(within(dog, dogNotCat, peak(dogNotCat))).true
    expect(density(dogNotCat, dog)).above(3.9)
    expect(density(dogNotCat, cat)).below(0.2)
  })
})
