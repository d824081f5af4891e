import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { scenes, splits } from '../../datasets/scenes/index.js'
import { activations } from '../../src/activations/maps.js'
import type { Tensor } from '../../src/engine/tensor.js'
import { loadImage } from '../../src/image/load.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { onEveryEngine } from '../engines.js'
import { render } from '../figures/pixels.js'
import { fixture, reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

for (const name of referenceNetworks)
  onEveryEngine(`activations of the network '${name}'`, (engine) => {
    it("equal PyTorch's", async () => {
      const torch = await reference(name, engine)
      const { net, settings, names } = torch
      let compared = 0
      for (const layer of settings.taps) {
        const key = `activation/${layer}`
        if (!names.includes(key)) continue
        const { data, shape } = await activations(net, torch.tensor('input'), layer)
        expect(relativeError({ data, shape }, torch.tensor(key)), layer).below(1e-4)
        compared++
      }
      expect(compared).above(2)
      await net.release()
    })
  })

onEveryEngine('activations', (engine) => {
  let net: Network
  const pixels = randomTensor([2, 3, 8, 9])
  before(async () => {
    net = await toyNetwork(
      [3, 8, 9],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 6, 3))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine, classes: ['dog', 'wolf', 'cat'] },
    )
  })
  after(() => net.release())

  /** conv of one channel at one place, by its definition. */
  const convAt = (image: number, k: number, y: number, x: number): number => {
    const w = net.graph.constants.get('conv.weight')!.data as Float32Array
    const b = net.graph.constants.get('conv.bias')!.data as Float32Array
    let sum = b[k]!
    for (let c = 0; c < 3; c++)
      for (let dy = 0; dy < 3; dy++)
        for (let dx = 0; dx < 3; dx++)
          sum +=
            w[((k * 3 + c) * 3 + dy) * 3 + dx]! *
            pixels.data[((image * 3 + c) * 8 + y + dy) * 9 + x + dx]!
    return sum
  }

  it('of a neuron are the sum that defines it', async () => {
    for (const [k, y, x] of [
      [0, 0, 0],
      [5, 5, 6],
      [3, 2, 4],
    ] as const) {
      const { data, shape } = await activations(net, pixels, `conv:${k}@${y},${x}`)
      expect(shape).deep.equal([2])
      for (const image of [0, 1]) expect(data[image]).closeTo(convAt(image, k, y, x), 1e-5)
    }
  })

  it('of a channel are its map, of a layer all of them', async () => {
    const whole = await activations(net, pixels, 'conv')
    expect(whole.shape).deep.equal([2, 6, 6, 7])
    const one = await activations(net, pixels, 'conv:4')
    expect(one.shape).deep.equal([2, 6, 7])
    for (const image of [0, 1])
      expect([...one.data.subarray(image * 42, (image + 1) * 42)]).deep.equal([
        ...whole.data.subarray((image * 6 + 4) * 42, (image * 6 + 5) * 42),
      ])
    const vector = await activations(net, pixels, 'fc')
    expect(vector.shape).deep.equal([2, 3])
    const unit = await activations(net, pixels, 'fc:wolf')
    expect([...unit.data]).deep.equal([vector.data[1], vector.data[4]])
  })

  it('come with the strongest channels first', async () => {
    const maps = await activations(net, pixels, 'relu')
    for (const image of [0, 1])
      for (const by of ['max', 'mean'] as const) {
        const strength = [...Array(6).keys()].map((k) => {
          const map = [...maps.data.subarray((image * 6 + k) * 42, (image * 6 + k + 1) * 42)]
          return by === 'max' ? Math.max(...map) : map.reduce((a, b) => a + b, 0) / 42
        })
        const order = [...Array(6).keys()].sort((a, b) => strength[b]! - strength[a]! || a - b)
        const top = maps.top(6, image, by)
        expect(top.map(({ channel }) => channel)).deep.equal(order)
        expect(top[0]![by]).closeTo(strength[order[0]!]!, 1e-6)
      }
    expect(() => maps.top(1, 2)).throw(RangeError, 'no image 2 in a batch of 2')
  })

  it('are drawn in the order that is asked for', async () => {
    const maps = await activations(net, { ...first(pixels) }, 'relu')
    const order = maps.top(5).map(({ channel }) => channel)
    const text = maps.figure.toString()
    expect(text).contains('relu: 6 maps of 6×7')
    expect([...text.matchAll(/(\d+) \(up to/g)].map(([, k]) => Number(k))).deep.equal(order)
    const byIndex = await activations(net, first(pixels), 'relu', { order: 'index', count: 3 })
    expect(byIndex.figure.toString())
      .contains('3 of 6 maps')
      .matches(/0 \(.*1 \(.*2 \(/)
  })

  it('have one scale, or one for each', async () => {
    const shared = await activations(net, first(pixels), 'conv')
    const each = await activations(net, first(pixels), 'conv', { scale: 'each' })
    expect(shared.figure.parts.caption).equal('The largest value first.')
    expect(each.figure.parts.caption).contains('Each map on a scale of its own; white is 0.')
    expect(each.figure.height).below(shared.figure.height) // a colour bar belongs to one scale
    for (const { figure } of [shared, each])
      expect((await render(figure)).inkInPadding()).equal(undefined)
  })

  it('say how many channels are off', async () => {
    const dark = { data: new Float32Array(216), shape: [1, 3, 8, 9] }
    const bias = net.graph.constants.get('conv.bias')!.data as Float32Array
    const off = [...bias].filter((value) => value <= 0).length
    const maps = await activations(net, dark, 'relu')
    expect(off).within(1, 5)
    expect(maps.figure.parts.caption).contains(`${off} of 6 channels are 0 everywhere.`)
  })

  it('of vectors are bars, of a class by its name', async () => {
    const { figure, data } = await activations(net, first(pixels), 'fc')
    const best = data.indexOf(Math.max(...data))
    expect(figure.toString().split('\n')[1]).matches(
      new RegExp(`${net.classes[best]} \\(${best}\\)$`),
    )
  })

  it('of a neuron name what it sees', async () => {
    const { figure } = await activations(net, first(pixels), 'conv:1@2,3')
    expect(figure.parts.caption).contains('At row 2, column 3: ')
    expect(figure.parts.caption).contains('sees rows 2 … 4, columns 3 … 5 of the image')
  })

  it('refuse what there cannot be', async () => {
    const error = async (address: string, options = {}) => {
      const found = await rejection(activations(net, pixels, address, options))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    expect(await error('conv:9')).contains('the channels 0 … 5, and no channel 9')
    expect(await error('konv')).contains("no layer 'konv'")
    expect(await error('conv', { count: 0 })).contains('1 or more, not 0')
    expect(await error('conv', { order: 'norm' })).contains("not 'norm'")
    expect(await error('conv', { scale: 'all' })).contains("not 'all'")
  })
})

const first = ({ data, shape }: Tensor): Tensor => ({
  data: data.slice(0, data.length / shape[0]!),
  shape: [1, ...shape.slice(1)],
})

describe('activations of a photograph', () => {
  it('grow sparse with depth, and the strongest lie on the animal that is recognised', async () => {
    const path = (file: string): string => fileURLToPath(fixture(file))
    const net = await zooNetwork('squeezenet1_1', {
      weights: path('squeezenet1_1/weights.safetensors'),
    })
    const photo = await loadImage(path('dog_cat_224.png')) // taken for a bull mastiff
    const sparsity = async (layer: string): Promise<number> => {
      const { data } = await activations(net, photo, layer)
      return data.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0) / data.length
    }
    expect(await sparsity('features.1')).above(0.5) // 0.58
    expect(await sparsity('features.12')).below(0.15) // 0.09
    const maps = await activations(net, photo, 'features.12')
    const onDog = maps.top(20).filter(({ channel }) => {
      const map = maps.data.subarray(channel * 169, (channel + 1) * 169)
      const peak = map.indexOf(Math.max(...map))
      const [y, x] = [Math.floor(peak / 13), peak % 13].map((at) => ((at + 0.5) / 13) * 224)
      return x! >= 78 && x! < 165 && y! >= 10 && y! < 118
    })
    expect(onDog.length).above(13) // 17, though the dog takes a fifth of the photograph
    await net.release()
  })
})

describe('activations of scenes whose objects are known', () => {
  it('of deep layers lie on the object more than beside it (Yosinski et al. 2015)', async () => {
    const net = await zooNetwork('scenes')
    let [on, beside, count] = [0, 0, 0]
    for (const { image, mask } of scenes({ ...splits.test, length: 24 })) {
      const { data, shape } = await activations(net, image, 'relu5')
      const [, channels, height, width] = shape as [number, number, number, number]
      const side = image.width / width
      let [inside, insideArea, outside, outsideArea] = [0, 0, 0, 0]
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          let sum = 0
          for (let k = 0; k < channels; k++) sum += data[(k * height + y) * width + x]!
          const isObject =
            mask[Math.floor((y + 0.5) * side) * image.width + Math.floor((x + 0.5) * side)]
          if (isObject) {
            inside += sum
            insideArea++
          } else {
            outside += sum
            outsideArea++
          }
        }
      if (insideArea === 0) continue
      on += inside / insideArea
      beside += outside / outsideArea
      count++
    }
    expect(count).above(20)
    expect(on).above(1.5 * beside)
    await net.release()
  }).timeout(60_000)
})
