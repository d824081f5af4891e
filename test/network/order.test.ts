import { expect } from 'chai'
import { Random } from '../../src/image/random.js'
import { NodeError } from '../../src/network/graph.js'
import { inOrder } from '../../src/network/order.js'
import { failure, model, node } from './models.js'

const chain = (length: number): ReturnType<typeof node>[] =>
  Array.from({ length }, (_, i) => node('Relu', [i === 0 ? 'x' : `v${i - 1}`], `v${i}`))

describe('the order of nodes', () => {
  it('stays where it is right', () => {
    const nodes = [node('Relu', ['x'], 'b'), node('Relu', ['x'], 'a'), node('Add', ['a', 'b'], 'c')]
    expect(inOrder(model([1], nodes))).deep.equal(nodes)
  })

  it('is found where it is not, in long graphs too', () => {
    const nodes = chain(20_000)
    const order = new Random(5).permutation(nodes.length)
    const shuffled = Array.from(order, (i) => nodes[i]!)
    expect(inOrder(model([1], shuffled)).map(({ name }) => name)).deep.equal(
      nodes.map(({ name }) => name),
    )
  })

  it('a value that several nodes wait for, and a node that waits for several values', () => {
    const nodes = [
      node('Concat', ['a', 'b', 'a'], 'd'),
      node('Relu', ['c'], 'b'),
      node('Relu', ['c'], 'a'),
      node('Relu', ['x'], 'c'),
    ]
    const names = inOrder(model([1], nodes)).map(({ name }) => name)
    expect(names).members(['a', 'b', 'c', 'd'])
    expect(names[0]).equal('c')
    expect(names[3]).equal('d')
  })

  it('a value that nothing computes is no matter of order', () => {
    expect(inOrder(model([1], [node('Relu', ['nowhere'], 'y')]))).lengthOf(1)
  })

  it('a cycle is named, without what only leads to it', async () => {
    const nodes = [
      node('Relu', ['x'], 'in'),
      node('Add', ['in', 'c'], 'a'),
      node('Relu', ['a'], 'b'),
      node('Relu', ['b'], 'c'),
      node('Relu', ['c'], 'out'),
    ]
    const message = await failure(() => inOrder(model([1], nodes)))
    expect(message).match(/^node '[abc]' \((Add|Relu)\): the graph has a cycle, through /)
    expect(message.match(/'[^']+'/g)?.slice(1)).members(["'a'", "'b'", "'c'"])
    const self = model([1], [node('Add', ['x', 'y'], 'y')])
    expect(() => inOrder(self)).throw(NodeError, "has a cycle, through 'y'")
  })

  it('a value that is computed twice, or given and computed', async () => {
    const twice = [node('Relu', ['x'], 'y'), node('Neg', ['x'], 'y')]
    expect(await failure(() => inOrder(model([1], twice)))).equal(
      "node 'y' (Neg): computes 'y', which is there already",
    )
    expect(await failure(() => inOrder(model([1], [node('Relu', ['x'], 'x')])))).include("'x'")
  })
})
