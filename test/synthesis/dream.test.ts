import { expect } from 'chai'
import { Image } from '../../src/image/image.js'
import { unnormalise } from '../../src/image/preprocessing.js'
import type { Network } from '../../src/network/network.js'
import { bestMatches, innerProduct } from '../../src/objectives/dot-products.js'
import { activation } from '../../src/objectives/units.js'
import { ascent } from '../../src/optimise/optimisers/ascent.js'
import { optimise } from '../../src/optimise/optimise.js'
import { pixels } from '../../src/optimise/images/pixels.js'
import { deepDream } from '../../src/synthesis/dream.js'
import { viz } from '../../src/viz.js'
import { onEveryEngine } from '../engines.js'
import { reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'

for (const name of referenceNetworks)
  onEveryEngine(`dreams of '${name}'`, (engine) => {
    it('follow the gradient that PyTorch has', async () => {
      const torch = await reference(name, engine)
      const input = torch.tensor('input')
      const layer = torch.settings.taps.at(-1)!
      const gradient = await torch.net.gradient(input, { of: activation(layer) })
      expect(relativeError(gradient, torch.tensor('dream_gradient'))).below(1e-4)
      // One step of one octave, nothing moved: in bytes, 1.5 by the mean of |gradient|, clipped.
      const made = await deepDream(torch.net, unnormalise(input, torch.net.preprocessing), layer, {
        octaves: 1,
        iterations: 1,
        jitter: 0,
      })
      const seen = torch.net.preprocess(made.before)
      const slope = await torch.net.gradient(seen, { of: activation(layer) })
      const mean = slope.data.reduce((sum, value) => sum + Math.abs(value), 0) / slope.data.length
      const expected = seen.data.map((value, i) => {
        const byte = 255 * value + (1.5 * slope.data[i]!) / mean
        return Math.min(255, Math.max(0, byte)) / 255
      })
      expect(relativeError(made, { data: expected, shape: seen.shape })).below(1e-4)
      await torch.net.release()
    })
  })

describe('DeepDream', () => {
  let net: Network
  let photo: Image
  before(async () => {
    net = await viz.model('scenes')
    photo = viz.scenes({ classes: ['wolf'], seed: 7 }).get(0).image
  })
  after(() => net.release())

  const active = async (image: Image, layer: string) =>
    (await net.differentiate(image, { of: activation(layer) })).value.data[0]!

  it('makes a layer more active, and differs from layer to layer', async () => {
    const made = await viz(net).on(photo).dream(['conv2', 'conv4'], { octaves: 2, iterations: 4 })
    expect(made.shape).deep.equal([2, 3, 96, 96])
    const [low, deep] = made.images as [Image, Image]
    expect(await active(low, 'conv2')).above(2 * (await active(photo, 'conv2')))
    expect(await active(deep, 'conv4')).above(2 * (await active(photo, 'conv4')))
    expect(await active(low, 'conv2')).above(1.5 * (await active(deep, 'conv2')))
    expect(made.figure.toString()).contains('conv2')
    expect(made.octaves.toString()).contains('octave 2')
    // The dream alone is what is dreamt beside another.
    const alone = await deepDream(net, photo, 'conv4', { octaves: 2, iterations: 4 })
    expect(alone.data).deep.equal(made.data.slice(made.data.length / 2))
    const other = await deepDream(net, photo, 'conv4', { octaves: 2, iterations: 4, seed: 1 })
    expect(other.data).not.deep.equal(alone.data)
  })

  it('at sizes that fully connected layers do not take, proportions kept', async () => {
    const wide = new Image(60, 40, new Float32Array(3 * 60 * 40).fill(0.5))
    wide.data.forEach((_, i) => (wide.data[i] = (i % 7) / 7))
    const made = await viz(net).on(wide).dream('conv4', { octaves: 2, iterations: 1, side: 112 })
    expect(made.shape).deep.equal([1, 3, 112, 168])
    expect(made.dreams[0]!.octaves.map(({ width, height }) => [width, height])).deep.equal([
      [120, 80],
      [168, 112],
    ])
    const refused = await rejection(viz(net).on(wide).dream('fc8', { octaves: 1, side: 112 }))
    expect(refused).instanceOf(RangeError)
    expect(refused.message).contains('cannot run on [1, 3, 112, 168]')
  })

  it('carries over what it has added, to a picture that has its own details again', async () => {
    // By steps of nothing to speak of, the last octave is the picture itself.
    const still = await deepDream(net, photo, 'conv3', { octaves: 3, iterations: 1, rate: 1e-9 })
    expect(relativeError(still, net.preprocess(photo))).below(1e-6)
    // What the second octave begins with is its picture and the first one's change, enlarged: one that rises.
    const made = await deepDream(net, photo, 'conv3', { octaves: 2, iterations: 5, jitter: 0 })
    const fresh = await deepDream(net, photo, 'conv3', { octaves: 1, iterations: 5, jitter: 0 })
    expect(made.dreams[0]!.history[1]![0]).above(1.05 * fresh.dreams[0]!.history[0]![0]!)
  })

  it('the gradient at the layer is the activation, and sending that down is the gradient', async () => {
    const same = await viz(net).on(photo).dreamIdentity('conv4')
    expect(same.differenceAtLayer).equal(0)
    expect(same.differenceAtPixels).below(1e-6)
    expect(same.shape).deep.equal([2, 3, 96, 96])
    expect(same.figure.toString()).contains('sent down')
    const other = await net.run(viz.scenes({ classes: ['cat'], seed: 1 }).get(0).image, {
      layers: ['conv4'],
    })
    const sent = await net.gradient(photo, { of: innerProduct('conv4', other.conv4!) })
    const half = { data: same.data.slice(0, same.data.length / 2), shape: sent.shape }
    expect(relativeError(sent, half)).above(0.1)
  })

  it('guides: each place follows the place of the guide that matches it best', async () => {
    const guide = viz.scenes({ classes: ['strawberry'], seed: 3 }).get(0).image
    const [own, given] = await Promise.all(
      [photo, guide].map(async (image) => (await net.run(image, { layers: ['conv4'] })).conv4!),
    )
    const [, channels, height, width] = own!.shape as [number, number, number, number]
    const places = height * width
    let sum = 0
    const slope = new Float32Array(own!.data.length)
    for (let p = 0; p < places; p++) {
      let [best, at] = [-Infinity, 0]
      for (let q = 0; q < places; q++) {
        let product = 0
        for (let c = 0; c < channels; c++)
          product += own!.data[c * places + p]! * given!.data[c * places + q]!
        if (product > best) [best, at] = [product, q]
      }
      sum += best
      for (let c = 0; c < channels; c++) slope[c * places + p] = given!.data[c * places + at]!
    }
    const { value, gradients } = await net.differentiate(photo, {
      of: bestMatches('conv4', given!),
      wrt: ['conv4'],
    })
    expect(value.data[0]! / sum).closeTo(1, 1e-5)
    expect(relativeError(gradients.conv4!, { data: slope, shape: own!.shape })).below(1e-6)
    const options = { octaves: 1, iterations: 3 }
    const guided = await viz(net)
      .on(photo)
      .dream('conv4', { ...options, guide })
    const plain = await viz(net).on(photo).dream('conv4', options)
    // Both make the layer more active; of the guided one's activity more is like the guide.
    const matches = async (image: Image) => {
      const likeness = await net.differentiate(image, { of: bestMatches('conv4', given!) })
      return likeness.value.data[0]! / Math.sqrt(await active(image, 'conv4'))
    }
    expect(await matches(guided.images[0]!)).above(1.02 * (await matches(plain.images[0]!)))
    expect(await matches(guided.images[0]!)).above(1.02 * (await matches(photo)))
    expect(guided.figure.toString()).contains('guided')
  })

  it('zooms: a GIF that begins with the picture', async () => {
    const made = await viz(net)
      .on(photo)
      .dreamZoom('conv3', { frames: 2, octaves: 1, iterations: 1, zoom: 0.1 })
    expect(made.shape).deep.equal([3, 3, 96, 96])
    expect(made.frames[0]!.data).deep.equal(made.data.slice(0, photo.data.length))
    expect(made.animation.gif().subarray(0, 6).toString()).equal('GIF89a')
    expect(made.provenance.parameters).deep.include({ frames: 2, zoom: 0.1, done: 2 })
    const still = await viz(net)
      .on(photo)
      .dreamZoom('conv3', { frames: 1, octaves: 1, iterations: 1, rate: 1e-9 })
    expect(relativeError(net.preprocess(still.frames[1]!), net.preprocess(photo))).below(1e-5)
  })

  it('an interrupt gives what there is', async () => {
    const stopped = await deepDream(net, photo, 'conv4', { signal: AbortSignal.abort() })
    expect(stopped.interrupted).equal(true)
    expect(stopped.images[0]!.data).deep.equal(stopped.before.data)
    const controller = new AbortController()
    const going = deepDream(net, photo, 'conv4', { iterations: 400, signal: controller.signal })
    setTimeout(() => controller.abort(), 300)
    const part = await going
    expect(part.interrupted).equal(true)
    expect(part.shape).deep.equal([1, 3, 96, 96])
    expect(part.figure.toString()).contains('Dream')
  })

  it('says what is wrong', async () => {
    const wrong: [Parameters<typeof deepDream>[2], Parameters<typeof deepDream>[3], string][] = [
      ['conv44', {}, "'conv4'"],
      [[], {}, 'name a layer'],
      ['conv4', { octaves: 0 }, 'octaves'],
      ['conv4', { scale: 1 }, 'above 1'],
      ['conv4', { rate: 0 }, 'above 0'],
      ['conv4', { jitter: -1 }, 'jitter'],
      ['conv4:3', { guide: photo }, 'name the layer'],
      ['conv4', { octaves: 12 }, 'cannot run on'],
    ]
    for (const [layer, options, message] of wrong) {
      const error = await rejection(deepDream(net, photo, layer, options))
      expect(error).instanceOf(RangeError)
      expect(error.message).contains(message)
    }
  })

  it('a step is as long as it says: 1.5 of 255 on average', async () => {
    const made = await optimise(net, {
      of: activation('conv4'),
      steps: 1,
      image: pixels({ units: 'bytes', range: 'free' }),
      start: photo,
      optimiser: ascent({ rate: 1.5, normalise: 'mean' }),
    })
    const start = net.preprocess(photo)
    const moved = made.data.map((value, i) => 255 * 0.25 * Math.abs(value - start.data[i]!))
    expect(moved.reduce((a, b) => a + b) / moved.length).closeTo(1.5, 1e-3)
  })
})
