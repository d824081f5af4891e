import { expect } from 'chai'
import { findLayer, findUnit, isUnitAddress, unit } from '../../src/activations/address.js'
import { Builder } from '../../src/network/builder.js'
import { Network } from '../../src/network/network.js'
import { float32, Graph } from '../../src/network/graph.js'
import { activation, channel, neuron } from '../../src/objectives/units.js'
import { randomTensor, toyNetwork } from '../toys.js'

describe('addresses of units', () => {
  let net: Network
  before(async () => {
    net = await toyNetwork(
      [3, 8, 9],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { classes: ['tench, Tinca tinca', 'wolf', 'cat'] },
    )
  })
  after(() => net.release())

  it('name a layer, a channel or a neuron', () => {
    const found = findUnit(net, 'conv:3@5,6')
    expect(found).include({ channel: 3, address: 'conv:3@5,6', value: 'conv' })
    expect(found.position).deep.equal([5, 6])
    expect(found.layer.shape).deep.equal([4, 6, 7])
    expect(found.node.op).equal('Conv')
    expect(findUnit(net, 'conv:3')).include({ channel: 3, position: undefined, address: 'conv:3' })
    expect(findUnit(net, 'conv')).include({ channel: undefined, address: 'conv' })
    expect(findUnit(net, 'conv', 3).address).equal('conv:3')
    expect(findUnit(net, 'conv', '3').address).equal('conv:3')
  })

  it('name the unit of a class where there is one for each', () => {
    expect(findUnit(net, 'fc', 'wolf').channel).equal(1)
    expect(findUnit(net, 'fc:Tinca tinca').address).equal('fc:0')
    expect(() => findUnit(net, 'fc', 'wulf')).throw(
      RangeError,
      "no class 'wulf'; the nearest are 'wolf'",
    )
  })

  it('name no class in a layer that only happens to have as many channels', async () => {
    const other = await toyNetwork([3, 6, 6], (toy, input) => {
      const maps = toy.conv('conv', input, 3, 3)
      return toy.linear('fc', toy.flatten('flatten', maps), 3)
    })
    expect(findUnit(other, 'fc:class 1').channel).equal(1)
    expect(() => findUnit(other, 'conv:class 1')).throw("a whole number from 0 to 2, not 'class 1'")
  })

  it('of what is not there say what is', () => {
    const error = (address: string, which?: number | string) =>
      expect(() => findUnit(net, address, which))
    error('konv:3').throw(RangeError, "no layer 'konv'; the nearest are 'conv'")
    error('conv:4').throw(RangeError, "layer 'conv' has the channels 0 … 3, and no channel 4")
    error('conv', -1).throw('the channels 0 … 3, and no channel -1')
    error('conv', 1.5).throw('no channel 1.5')
    error('fc:3').throw("layer 'fc' has the units 0 … 2, and no unit 3")
    error('conv:3@6,0').throw(
      "the maps of 'conv' have the rows 0 … 5 and columns 0 … 6, and no place 6,0",
    )
    error('conv:3@0,7').throw('no place 0,7')
    error('conv:3@5').throw("a place in a map is row,column, such as '@3,5', not '@5'")
    error('conv:3@').throw("not '@'")
    error('fc:1@0,0').throw("layer 'fc' is [3]: its units have no rows and columns")
    error('conv:two').throw("a channel of 'conv' is a whole number from 0 to 3, not 'two'")
    error('conv:1', 2).throw("'conv:1' names a channel already, and 2 is another")
  })

  it('leave alone colons in the name of a layer', async () => {
    const graph = new Graph()
    graph.inputs = [{ name: 'input', type: 'float32', shape: ['N', 3, 4, 4] }]
    const b = new Builder(graph)
    const weight = float32(randomTensor([2, 3, 1, 1]).data, [2, 3, 1, 1])
    const value = b.layer('block:0', 'Conv', ['input', b.constant(weight, 'w')])
    graph.outputs = [{ name: value, type: 'float32', shape: undefined }]
    const odd = await Network.from(graph)
    expect(findUnit(odd, 'block:0')).include({ channel: undefined, address: 'block:0' })
    expect(findUnit(odd, 'block:0:1')).include({ channel: 1, address: 'block:0:1' })
  })

  it('find layers by their names and by those of modules', () => {
    expect(findLayer(net, 'relu').layer).equal(net.layers.find(({ name }) => name === 'relu'))
    expect(() => findLayer(net, 'relo')).throw(RangeError, "no layer 'relo'")
  })

  it('are objectives', async () => {
    const cases = [
      ['conv:3@5,6', neuron('conv', [3, 5, 6])],
      ['conv:3', channel('conv', 3)],
      ['conv', activation('conv')],
      ['fc:2', channel('fc', 2)],
    ] as const
    const pixels = randomTensor([1, 3, 8, 9])
    for (const [address, of] of cases) {
      const expected = await net.gradient(pixels, { of })
      expect([...(await net.gradient(pixels, { of: unit(address) })).data]).deep.equal([
        ...expected.data,
      ])
    }
    expect(() => unit('conv:x@1')).throw(RangeError, "'conv:x@1' is no address: expected layer,")
  })

  it('are told from names by their form', () => {
    for (const text of ['conv4:17', 'conv4:17@3,5', 'conv4:17@3, 5', 'a:0:1'])
      expect(isUnitAddress(text), text).true
    for (const text of ['conv4', 'wolf', 'conv4:', 'conv4:17@3', 'fc:wolf', ':3', 'conv4:-1'])
      expect(isUnitAddress(text), text).false
  })
})
