import { expect } from 'chai'
import { affinities, type Affinities } from '../../../src/embeddings/tsne/affinities.js'
import { attract, divergence, repelExactly, Walk } from '../../../src/embeddings/tsne/gradient.js'
import { TreeBuilder } from '../../../src/embeddings/tsne/tree.js'
import { Random } from '../../../src/image/random.js'
import { firstDigits } from '../digits.js'

function randomPoints(count: number, dimensions: number): Float64Array {
  const random = new Random(11)
  // Clusters, so that the tree is deep in some places.
  const at = (i: number): number => 20 * Math.sin(1 + Math.floor(i / dimensions / 50))
  return Float64Array.from({ length: count * dimensions }, (_, i) => at(i) + random.normal())
}

function treeForces(y: Float64Array, dimensions: number, theta: number) {
  const count = y.length / dimensions
  const tree = new TreeBuilder(count, dimensions).build(y)
  const forces = new Float64Array(y.length)
  const z = new Walk(count, dimensions).repel(tree, theta, forces)
  return { forces, z, tree }
}

const relative = (a: Float64Array, b: Float64Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b)

for (const dimensions of [2, 3])
  describe(`t-SNE's gradient in ${dimensions} dimensions`, () => {
    const points = 60
    let p: Affinities
    before(async () => {
      p = await affinities(firstDigits(points), 10, 'all')
    })

    it('equals finite differences of the divergence', () => {
      const y = randomPoints(points, dimensions).map((value) => value / 5)
      const kl = (): number =>
        divergence(p, y, dimensions, repelExactly(y, dimensions, new Float64Array(y.length)))
      const [like, all] = [new Float64Array(y.length), new Float64Array(y.length)]
      attract(p, y, dimensions, like)
      const z = repelExactly(y, dimensions, all)
      const analytic = like.map((force, i) => 4 * (force - all[i]! / z))
      const numeric = analytic.map((_, i) => {
        const [own, h] = [y[i]!, 1e-5]
        y[i] = own + h
        const above = kl()
        y[i] = own - h
        const below = kl()
        y[i] = own
        return (above - below) / (2 * h)
      })
      expect(relative(numeric, analytic)).below(1e-6)
    })

    it('by the tree is exact where θ is 0, and close to it at 0.5', () => {
      const y = randomPoints(800, dimensions)
      const exact = new Float64Array(y.length)
      const z = repelExactly(y, dimensions, exact)
      const whole = treeForces(y, dimensions, 0)
      expect(relative(whole.forces, exact)).below(1e-12)
      expect(whole.z / z).closeTo(1, 1e-12)
      const rough = treeForces(y, dimensions, 0.5)
      expect(relative(rough.forces, exact)).above(0).below(0.03)
      expect(rough.z / z).closeTo(1, 0.02)
    })

    it('by the tree holds where points coincide', () => {
      const y = randomPoints(100, dimensions).map((value, i) =>
        Math.floor(i / dimensions) < 40 ? 1 : value,
      )
      const exact = new Float64Array(y.length)
      const z = repelExactly(y, dimensions, exact)
      const { forces, z: sum } = treeForces(y, dimensions, 0)
      expect(relative(forces, exact)).below(1e-12)
      expect(sum / z).closeTo(1, 1e-12)
    })

    it('has every point in one leaf of the tree', () => {
      const { tree } = treeForces(randomPoints(500, dimensions), dimensions, 0.5)
      const inside = Array.from(tree.leaves.subarray(0, tree.leafCount)).flatMap((node) =>
        Array.from(tree.order.subarray(tree.from[node], tree.to[node])),
      )
      expect(inside.sort((a, b) => a - b)).deep.equal([...Array(500).keys()])
    })
  })
