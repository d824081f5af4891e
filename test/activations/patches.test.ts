import { expect } from 'chai'
import { type ClassName, scenes, splits } from '../../datasets/scenes/index.js'
import { cropField } from '../../src/activations/field.js'
import { maximalPatches } from '../../src/activations/patches.js'
import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import { preprocess } from '../../src/image/preprocessing.js'
import { float32 } from '../../src/network/graph.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { neuron } from '../../src/objectives/units.js'
import { chooseSignal } from '../../src/work/index.js'
import { onEveryEngine } from '../engines.js'
import { render } from '../figures/pixels.js'
import { rejection } from '../rejection.js'
import { toyNetwork } from '../toys.js'

const preprocessing = {
  size: [12, 14] as [number, number],
  mean: [0.5, 0.4, 0.3] as [number, number, number],
  std: [0.2, 0.2, 0.2] as [number, number, number],
}
const cache = false as const

const noise = (length: number): Image[] => {
  const random = new Random(5)
  return Array.from(
    { length },
    () =>
      new Image(
        14,
        12,
        Float32Array.from({ length: 504 }, () => random.uniform()),
      ),
  )
}

onEveryEngine('maximal patches', (engine) => {
  let net: Network
  const images = noise(15)
  before(async () => {
    net = await toyNetwork(
      [3, 12, 14],
      (toy, input) => {
        const first = toy.relu('relu1', toy.conv('conv1', input, 4, 3, { stride: 2, padding: 1 }))
        const second = toy.relu('relu2', toy.conv('conv2', first, 5, 3, { padding: 1 }))
        return toy.linear('fc', toy.flatten('flatten', second), 3)
      },
      { engine, preprocessing, classes: ['dog', 'wolf', 'cat'] },
    )
  })
  after(() => net.release())

  it('are what the units see where they are most active: computed again, they give the activation', async () => {
    const found = await maximalPatches(net, images, 'relu2', { top: 3, cache, units: 5 })
    expect(found.shape).deep.equal([found.units.length, 3])
    let cutOff = 0
    for (const { channel, patches } of found.units)
      for (const { picture, activation, position, field, image } of patches) {
        const outputs = await net.run(images[picture]!, { layers: ['relu2'] })
        const map = outputs.relu2!.data.subarray(channel * 42, (channel + 1) * 42)
        const [y, x] = position!
        expect(Math.max(...map)).closeTo(activation, 1e-5)
        expect(map[y * 7 + x]).closeTo(activation, 1e-5)
        expect(field).deep.equal({ top: 2 * y - 3, left: 2 * x - 3, height: 7, width: 7 })
        const expected = cropField(images[picture]!, field, preprocessing.mean)
        image.data.forEach((value, i) => expect(value).closeTo(expected.data[i]!, 1e-5))
        if (field.top < 0 || field.left < 0 || field.top + 7 > 12 || field.left + 7 > 14) {
          cutOff++
          continue
        }
        // The patch alone, on a picture of the mean colour, excites the unit as much.
        const alone = new Image(14, 12)
        for (let c = 0; c < 3; c++) alone.data.fill(preprocessing.mean[c]!, c * 168, (c + 1) * 168)
        for (let c = 0; c < 3; c++)
          for (let dy = 0; dy < 7; dy++)
            for (let dx = 0; dx < 7; dx++)
              alone.data[(c * 12 + field.top + dy) * 14 + field.left + dx] =
                image.data[(c * 7 + dy) * 7 + dx]!
        const again = await net.run(alone, { layers: ['relu2'] })
        expect(again.relu2!.data[channel * 42 + y * 7 + x]).closeTo(activation, 1e-4)
      }
    expect(cutOff).below(found.units.flatMap(({ patches }) => patches).length)
  })

  it('are ordered, one of each picture, and the same every time', async () => {
    const options = { top: 4, cache, units: 5 }
    const [a, b] = [
      await maximalPatches(net, images, 'conv2', options),
      await maximalPatches(net, images, 'conv2', { ...options, batch: 4 }),
    ]
    for (const { patches } of a.units) {
      const activations = patches.map(({ activation }) => activation)
      expect(activations).deep.equal(activations.toSorted((x, y) => y - x))
      expect(new Set(patches.map(({ picture }) => picture)).size).equal(patches.length)
    }
    const places = (of: typeof a) =>
      of.units.map(({ patches }) => patches.map(({ picture, position }) => [picture, position]))
    expect(places(a)).deep.equal(places(b))
  })

  it('find a pattern that was hidden where its filter says', async () => {
    // A filter that answers to a bright spot on dark ground, and pictures with one such spot each.
    const spots = await toyNetwork(
      [3, 12, 14],
      (toy, input) => toy.linear('fc', toy.flatten('f', toy.conv('conv', input, 1, 3)), 2),
      {
        engine,
        weights: (name, shape) =>
          float32(
            Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) =>
              name === 'conv.weight' ? (i % 9 === 4 ? 8 : -1) : 0,
            ),
            shape,
          ),
      },
    )
    const places = [
      [3, 4],
      [9, 11],
      [6, 2],
    ] as const
    const dark = places.map(([y, x], i) => {
      const image = new Image(14, 12)
      for (let c = 0; c < 3; c++) image.data[(c * 12 + y) * 14 + x] = 0.9 - 0.2 * i
      return image
    })
    const { units } = await maximalPatches(spots, dark, 'conv:0', { top: 3, cache })
    const [{ patches }] = units as [(typeof units)[0]]
    expect(patches.map(({ picture }) => picture)).deep.equal([0, 1, 2])
    patches.forEach(({ activation, position, image }, i) => {
      expect(activation).closeTo(24 * (0.9 - 0.2 * i), 1e-4)
      expect(position).deep.equal(places[i]!.map((at) => at - 1))
      expect(image.data[4]).closeTo(0.9 - 0.2 * i, 1e-6)
    })
    await spots.release()
  })

  it('have guided backpropagation beside them', async () => {
    const { units } = await maximalPatches(net, images, 'relu2:2', { top: 2, cache, guided: true })
    for (const { picture, position, field, guided } of units[0]!.patches) {
      const { data } = await net.gradient(images[picture]!, {
        of: neuron('relu2', [2, ...position!]),
        rule: 'guided',
      })
      const signal = cropField(new Image(14, 12, data), field, [0, 0, 0]).data
      // Grey is 0, and what is brighter than grey is positive.
      guided!.data.forEach((value, i) => {
        if (signal[i] === 0) expect(value).closeTo(0.5, 1e-6)
        else expect(Math.sign(value - 0.5)).equal(Math.sign(signal[i]!))
      })
    }
    const without = await maximalPatches(net, images, 'relu2:2', { top: 2, cache })
    expect(without.units[0]!.patches[0]!.guided).equal(undefined)
    expect(without.figure.width).below(
      (await maximalPatches(net, images, 'relu2:2', { top: 2, cache, guided: true })).figure.width,
    )
  })

  it('of vectors are whole pictures, of classes with their names', async () => {
    const found = await maximalPatches(net, images, 'fc', { top: 2, cache, units: ['cat', 0] })
    expect(found.units.map(({ name, channel }) => [name, channel])).deep.equal([
      ['cat', 2],
      ['dog', 0],
    ])
    const [patch] = found.units[0]!.patches
    expect(patch!.position).equal(undefined)
    expect(patch!.field).deep.equal({ top: 0, left: 0, height: 12, width: 14 })
    const seen = preprocess(patch!.image, preprocessing)
    const { fc } = await net.run(seen, { layers: ['fc'] })
    expect(fc!.data[2]).closeTo(patch!.activation, 1e-4)
  })

  it('of several layers stand side by side', async () => {
    const found = await maximalPatches(net, images, ['conv1', 'conv2:3', 'fc'], {
      top: 2,
      cache,
      units: 2,
    })
    expect(found.units.map(({ layer, channel }) => `${layer}:${channel}`)).deep.equal([
      'conv1:0',
      'conv1:2',
      'conv2:3',
      'fc:0',
      'fc:1',
    ])
    expect(Object.keys(found.layers)).deep.equal(['conv1', 'conv2', 'fc'])
    expect(found.layers.conv2!.values.shape).deep.equal([5, 2]) // of every unit
    const text = found.figure.toString()
    for (const part of [
      'Maximal patches',
      'conv1: 2 of 4 channels',
      'conv2, channel 3',
      'fc: 2 of 3',
    ])
      expect(text).contains(part)
    expect((await render(found.figure)).inkInPadding()).equal(undefined)
    expect(found.provenance.parameters).include({ top: 2, seen: 15, pictures: 15, guided: false })
  })

  it('of a unit that is never active are none, and the figure says so', async () => {
    const off = await toyNetwork(
      [3, 12, 14],
      (toy, input) =>
        toy.linear('fc', toy.flatten('f', toy.relu('relu', toy.conv('conv', input, 2, 3))), 2),
      {
        engine,
        weights: (name, shape) => {
          const size = shape.reduce((p, n) => p * n, 1)
          // The first filter is negative on pictures that are not, the second positive.
          const weight = (i: number): number =>
            name === 'conv.weight' ? (i < size / 2 ? -1 : 1) : 0
          return float32(
            Float32Array.from({ length: size }, (_, i) => weight(i)),
            shape,
          )
        },
      },
    )
    const all = await maximalPatches(off, images, 'relu', { top: 2, cache })
    expect(all.units.map(({ channel }) => channel)).deep.equal([1])
    expect(all.figure.parts.caption).contains('1 of 2 units is never active')
    const dead = await maximalPatches(off, images, 'relu:0', { top: 2, cache })
    expect(dead.units[0]!.patches).deep.equal([])
    expect([...dead.data]).deep.equal([0, 0])
    expect(dead.figure.toString()).contains('never active')
    await off.release()
  })

  it('are those of the pictures seen so far, after an interrupt', async () => {
    const stop = new AbortController()
    const set = {
      length: 15,
      get: (i: number) => {
        if (i === 6) stop.abort()
        return images[i]!
      },
    }
    chooseSignal(stop.signal)
    try {
      const found = await maximalPatches(net, set, 'conv2:1', { top: 3, batch: 3, cache })
      expect(found.seen).within(3, 9)
      expect(found.units[0]!.patches).length(3)
      for (const { picture } of found.units[0]!.patches) expect(picture).below(found.seen)
      expect(found.figure.parts.caption).contains('of 15 pictures, when it was interrupted')
    } finally {
      chooseSignal(undefined)
    }
  })

  it('refuse what there cannot be', async () => {
    const error = async (address: string | string[], options = {}) => {
      const found = await rejection(maximalPatches(net, images, address, { cache, ...options }))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    expect(await error('konv2')).contains("no layer 'konv2'; the nearest are 'conv2'")
    expect(await error('conv2:5')).contains('the channels 0 … 4, and no channel 5')
    expect(await error('conv2:1@0,0')).contains("take 'conv2:1'")
    expect(await error('conv2', { units: [7] })).contains('no channel 7')
    expect(await error('conv2', { units: 0 })).contains('1 or more, not 0')
    expect(await error([])).equal('name at least one layer or unit')
    expect((await rejection(maximalPatches(net, [], 'conv2'))).message).equal(
      'the data set is empty',
    )
  })
})

describe('maximal patches of scenes', () => {
  it('grow specific with depth: deep units answer to one class, early ones to many (Zeiler & Fergus 2014)', async () => {
    const net = await zooNetwork('scenes')
    const classes = net.classes.slice(0, 12) as ClassName[]
    const data = scenes({ ...splits.test, classes, length: 360 })
    const layers = ['relu1', 'relu5', 'fc8']
    const { units } = await maximalPatches(net, data, layers, { cache, units: 1000 })
    const purity = layers.map((layer) => {
      // Of the last layer the units of the classes that are shown.
      const shown = units.filter((unit) => unit.layer === layer && unit.patches.length === 9)
      const own =
        layer === 'fc8' ? shown.filter(({ name }) => classes.includes(name as ClassName)) : shown
      const shares = own.map(({ patches }) => {
        const labels = patches.map(({ picture }) => data.describe(picture).label)
        return Math.max(...labels.map((label) => labels.filter((one) => one === label).length)) / 9
      })
      return shares.reduce((a, b) => a + b, 0) / shares.length
    })
    expect(purity[1]!).above(purity[0]! + 0.03)
    expect(purity[2]!).above(purity[1]! + 0.1)
    const right = units
      .filter(({ layer, name }) => layer === 'fc8' && classes.includes(name as ClassName))
      .flatMap(({ name, patches }) =>
        patches.map(({ picture }) => data.describe(picture).className === name),
      )
    expect(right.filter(Boolean).length / right.length).above(0.8)
    await net.release()
  }).timeout(120_000)
})
