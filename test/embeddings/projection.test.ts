import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { createRequire } from 'node:module'
import { embed } from '../../src/embeddings/embed.js'
import type { Tsne } from '../../src/embeddings/tsne.js'
import { display } from '../../src/image/display.js'
import type { Network } from '../../src/network/network.js'
import { viz } from '../../src/viz.js'
import { embeddingNetwork } from './network.js'

function hasPlotly(): boolean {
  try {
    return existsSync(createRequire(import.meta.url).resolve('plotly.js-dist-min'))
  } catch {
    return false
  }
}

describe('maps of pictures', () => {
  let net: Network
  let flat: Tsne
  let solid: Tsne
  const classes = ['cat', 'dog', 'car'] as const
  before(async () => {
    net = await embeddingNetwork()
    const data = viz.scenes({ length: 30, size: 64, seed: 3, classes: [...classes] })
    const features = await embed(net, data, 'fc7')
    flat = await features.tsne({ iterations: 100, perplexity: 5 })
    solid = await features.tsne({ iterations: 20, perplexity: 5, dimensions: 3 })
  })
  after(() => net.release())

  it('say what they are and where from', () => {
    expect(flat.toString()).equal('t-SNE of fc7: 30 points in 2 dimensions, of 3 classes')
    expect(flat.figure.caption).contains('perplexity 5').contains('after 100 iterations')
    expect(flat.provenance.parameters).include({ layer: 'fc7', perplexity: 5, theta: 0.5 })
    expect(flat.divergences).length(2)
    expect(flat.divergence).closeTo(flat.divergences[1]!, 1e-9)
  })

  it('are drawn as points, as pictures, and as a grid of pictures', () => {
    for (const figure of [flat.figure, flat.pictures(), flat.grid(), solid.figure]) {
      expect(figure.width).below(940)
      expect(figure.png().length).above(2000)
    }
    expect(flat.grid().toString()).contains('6×5 pictures')
    expect(() => solid.grid()).throw(RangeError, 'this one has 3')
    expect(() => solid.pictures()).throw(RangeError, 'this one has 3')
  })

  it('are measured by their neighbourhoods', async () => {
    expect(await flat.purity(3)).within(0, 1)
    expect(await flat.trustworthiness(3)).within(0.5, 1)
  })

  it('are looked into with a picture for who sees no scripts', async function () {
    if (!hasPlotly()) this.skip() // the package plotly.js-dist-min is missing
    for (const map of [flat, solid]) {
      const bundle = (await map.interactive())[display]()
      const html = String(bundle['text/html'])
      const [whole, png] = /<img src="data:image\/png;base64,([^"]+)" alt="([^"]+)"/
        .exec(html)!
        .slice(0, 2)
      expect(whole).contains('alt="t-SNE of fc7')
      expect(Buffer.from(png!, 'base64').equals(map.png())).true
      // What remains where scripts are removed.
      const still = html.replace(/<script>[\s\S]*?<\/script>/g, '')
      expect(still.length).below(html.length / 2)
      expect(still).match(/^<div [^>]+><img [^>]+><\/div>$/)
      const chart = JSON.parse(
        /"([0-9a-f]{16})", (\{"traces".*\})\)<\/script>/.exec(html)![2]!.replaceAll('<\\/', '</'),
      ) as { traces: { name: string; x: number[]; z?: number[]; customdata: number[] }[] }
      expect(chart.traces.map(({ name }) => name)).deep.equal([...classes])
      expect(chart.traces.flatMap(({ customdata }) => customdata).sort((a, b) => a - b)).deep.equal(
        [...Array(30).keys()],
      )
      const dimensions = map.points.shape[1]!
      const { x, z, customdata } = chart.traces[1]!
      expect(x[0]).closeTo(map.points.data[customdata[0]! * dimensions]!, 1e-3)
      expect(z === undefined).equal(dimensions === 2)
      expect((await map.interactive()).html()).match(/^<!doctype html>/)
      expect(bundle['text/plain']).equal(map.toString())
    }
  })
})
