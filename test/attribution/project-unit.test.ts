import { expect } from 'chai'
import { deconvnet } from '../../src/attribution/deconvnet.js'
import { projectUnit } from '../../src/attribution/project-unit.js'
import type { Network } from '../../src/network/network.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

for (const name of referenceNetworks)
  onEveryEngine(`projection in the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it('of an active neuron is its activation times the DeconvNet signal of 1', async () => {
      const { net, settings } = torch
      const input = torch.tensor('input')
      const [layer, [c]] = settings.neuron
      const found = await projectUnit(net, input, `${layer}:${c}`, { unpooling: 'add' })
      const { y = 0, x = 0, activation } = found.kept[0]!
      expect(activation).above(0)
      const of = neuron(layer, [c, y, x])
      const one = await deconvnet(net, input, { of })
      const expected = { ...one, data: one.data.map((value) => activation * value) }
      expect(relativeError(found, expected)).below(1e-4)
      expect(Math.hypot(...found.data)).above(0)

      const { [layer]: maps } = await net.run(input, { layers: [layer] })
      const plane = maps!.shape[2]! * maps!.shape[3]!
      const map = maps!.data.subarray(c * plane, (c + 1) * plane)
      expect(activation).equal(Math.max(...map))
      expect(map[y * maps!.shape[3]! + x]).equal(activation)
    })

    it('is 0 outside of what the unit sees', async () => {
      const { net } = torch
      const input = torch.tensor('input')
      // Units that do not see all: squeeze-and-excitation lets them look everywhere.
      const { name: layer, receptiveField } = net.layers.findLast(
        ({ type, receptiveField }) => type === 'Conv' && (receptiveField?.[0].size ?? 99) < 20,
      )!
      const fields = receptiveField!
      const found = await projectUnit(net, input, `${layer}:1`)
      expect(Math.hypot(...found.data)).above(0)
      const [, , height, width] = input.shape as [number, number, number, number]
      const { y = 0, x = 0 } = found.kept[0]!
      const inside = (at: number, axis: 0 | 1, unit: number): boolean => {
        const first = fields[axis].start + unit * fields[axis].stride
        return at >= first && at < first + fields[axis].size
      }
      found.data.forEach((value, i) => {
        const [row, column] = [Math.floor(i / width) % height, i % width]
        if (!(inside(row, 0, y) && inside(column, 1, x))) expect(value).equal(0)
      })
    })
  })

onEveryEngine('projection', (engine) => {
  let net: Network
  const size = 11
  const pixels = randomTensor([2, 3, size, size])
  before(async () => {
    // Windows of 3 with stride 2 overlap, as in AlexNet.
    net = await toyNetwork(
      [3, size, size],
      (toy, input) => {
        const maps = toy.relu('relu1', toy.conv('conv1', input, 4, 3, { padding: 1 }))
        const pooled = toy.maxPool('pool', maps, 3, { stride: 2 })
        const second = toy.relu('relu2', toy.conv('conv2', pooled, 6, 3))
        return toy.linear('fc', toy.flatten('flatten', second), 3)
      },
      { engine },
    )
  })
  after(() => net.release())

  /** conv2's unit (c, y, x) of relu2 down to the pixels, step by step, by plain loops. */
  async function twin(
    image: number,
    keep: (c: number, y: number, x: number) => boolean,
    overwrite: boolean,
  ): Promise<Float32Array> {
    const one = {
      data: pixels.data.slice(image * 363, (image + 1) * 363),
      shape: [1, 3, size, size],
    }
    const { relu1, relu2 } = await net.run(one, { layers: ['relu1', 'relu2'] })
    const [w1, w2] = [weightOf(net, 'conv1.weight'), weightOf(net, 'conv2.weight')]
    const pooled = new Float32Array(4 * 5 * 5)
    for (let c = 0; c < 6; c++)
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 3; x++) {
          const value = keep(c, y, x) ? Math.max(0, relu2!.data[(c * 3 + y) * 3 + x]!) : 0
          for (let k = 0; k < 4; k++)
            for (let dy = 0; dy < 3; dy++)
              for (let dx = 0; dx < 3; dx++)
                pooled[(k * 5 + y + dy) * 5 + x + dx]! +=
                  value * w2[((c * 4 + k) * 3 + dy) * 3 + dx]!
        }
    const maps = new Float32Array(4 * size * size)
    for (let k = 0; k < 4; k++)
      for (let y = 0; y < 5; y++)
        for (let x = 0; x < 5; x++) {
          let best = (k * size + 2 * y) * size + 2 * x
          for (let dy = 0; dy < 3; dy++)
            for (let dx = 0; dx < 3; dx++) {
              const at = (k * size + 2 * y + dy) * size + 2 * x + dx
              if (relu1!.data[at]! > relu1!.data[best]!) best = at
            }
          const value = pooled[(k * 5 + y) * 5 + x]!
          maps[best] = overwrite ? value : maps[best]! + value
        }
    const image0 = new Float32Array(3 * size * size)
    for (let k = 0; k < 4; k++)
      for (let y = 0; y < size; y++)
        for (let x = 0; x < size; x++) {
          const value = Math.max(0, maps[(k * size + y) * size + x]!)
          for (let c = 0; c < 3; c++)
            for (let dy = -1; dy <= 1; dy++)
              for (let dx = -1; dx <= 1; dx++) {
                const [py, px] = [y + dy, x + dx]
                if (py < 0 || px < 0 || py >= size || px >= size) continue
                image0[(c * size + py) * size + px]! +=
                  value * w1[((k * 3 + c) * 3 + dy + 1) * 3 + dx + 1]!
              }
        }
    return image0
  }

  for (const unpooling of ['overwrite', 'add'] as const)
    it(`equals plain loops where unpooling ${unpooling}s, for a unit, the strongest, and a map`, async () => {
      const overwrite = unpooling === 'overwrite'
      let strong = 0
      for (const channel of [0, 1, 2, 3, 4, 5]) {
        const unit = `relu2:${channel}`
        const strongest = await projectUnit(net, pixels, unit, { unpooling })
        const whole = await projectUnit(net, pixels, unit, { unpooling, keep: 'map' })
        const placed = await projectUnit(net, pixels, `${unit}@1,2`, { unpooling })
        for (const image of [0, 1]) {
          const { y, x, activation } = strongest.kept[image]!
          const cases = [
            [
              strongest,
              (c: number, row: number, column: number) =>
                c === channel && row === y && column === x,
            ],
            [whole, (c: number) => c === channel],
            [
              placed,
              (c: number, row: number, column: number) =>
                c === channel && row === 1 && column === 2,
            ],
          ] as const
          for (const [found, keep] of cases) {
            const expected = await twin(image, keep, overwrite)
            const actual = found.data.slice(image * 363, (image + 1) * 363)
            const shape = [expected.length]
            expect(relativeError({ data: actual, shape }, { data: expected, shape })).below(1e-5)
          }
          if (activation > 0) strong++
        }
      }
      expect(strong).above(3)
    })

  it('of overlapping poolings differs from the gradient that adds', async () => {
    const unit = 'relu2:2'
    const [a, b] = [
      await projectUnit(net, pixels, unit),
      await projectUnit(net, pixels, unit, { unpooling: 'overwrite' }),
    ]
    expect(relativeError(b, a)).above(1e-3)
    expect(a.provenance.parameters).deep.equal({ unit, keep: 'strongest', unpooling: 'add' })
  })

  it('says where it began and what the unit sees', async () => {
    const one = { data: pixels.data.slice(0, 363), shape: [1, 3, size, size] }
    const found = await projectUnit(net, one, 'conv1:1@4,6')
    expect(found.figure.toString())
      .contains('What the unit sees: image of 3×3 pixels')
      .contains('DeconvNet: conv1:1')
    expect(found.kept[0]).deep.include({ y: 4, x: 6 })
    const corner = await projectUnit(net, one, 'conv1:1@0,10')
    expect(corner.figure.parts.beside![0]!.caption).equal('3×3 pixels at row −1, column 9.')
    const vector = await projectUnit(net, one, 'fc:1')
    expect(vector.kept[0]!.y).equal(undefined)
    expect(vector.figure.toString()).contains('image of 11×11 pixels')
  })

  it('of a rectified unit that is not active is nothing', async () => {
    const { relu2 } = await net.run(pixels, { layers: ['relu2'] })
    const dead = relu2!.data.findIndex((value) => value === 0)
    expect(dead).within(0, 53)
    const unit = `relu2:${Math.floor(dead / 9)}@${Math.floor(dead / 3) % 3},${dead % 3}`
    const one = { data: pixels.data.slice(0, 363), shape: [1, 3, size, size] }
    const found = await projectUnit(net, one, unit)
    expect(found.data.every((value) => value === 0)).true
    expect(found.figure.toString()).contains('DeconvNet')
    expect(found.kept[0]!.activation).equal(0)
  })

  it('refuses units and options that there are not', async () => {
    const message = async (address: string, options: object = {}) => {
      const error = await rejection(projectUnit(net, pixels, address, options))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message('relu2:6')).contains('and no channel 6')
    expect(await message('relu2:0@3,0')).contains('no place 3,0')
    expect(await message('relu3:0')).contains("no layer 'relu3'; the nearest are")
    expect(await message('relu2')).contains("keeps one channel of 'relu2'")
    expect(await message('fc:0@0,0')).contains('have no rows and columns')
    expect(await message('relu2:0', { keep: 'all' })).contains("'strongest' or the 'map' is kept")
    expect(await message('relu2:0', { unpooling: 'max' })).contains("windows 'max'")
  })
})
