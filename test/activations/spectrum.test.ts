import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { filterSpectrum } from '../../src/activations/spectrum.js'
import { float32 } from '../../src/network/graph.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { render } from '../figures/pixels.js'
import { fixture } from '../reference.js'
import { toyNetwork, weightOf } from '../toys.js'

type Weight = (k: number, c: number, y: number, x: number) => number

/** A network whose first layer has given weights. */
const withKernel = (side: number, filters: number, weight: Weight, stride = 1) =>
  toyNetwork(
    [3, 16, 16],
    (toy, input) =>
      toy.linear(
        'fc',
        toy.flatten('flatten', toy.conv('conv', input, filters, side, { stride })),
        2,
      ),
    {
      weights: (name, shape) => {
        const [, inputs = 1, height = 1, width = 1] = shape
        const plane = height * width
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
          name === 'conv.weight'
            ? weight(
                Math.floor(i / (inputs * plane)),
                Math.floor(i / plane) % inputs,
                Math.floor(i / width) % height,
                i % width,
              )
            : 0,
        )
        return float32(data, shape)
      },
    },
  )

const noise: Weight = (k, c, y, x) => Math.sin(12.9 * k + 78.2 * c + 37.7 * y + 93.1 * x + 1) * 2

describe('filter spectra', () => {
  it('equal the Fourier sum over every weight', async () => {
    const net = await withKernel(5, 2, noise)
    const { data, shape } = filterSpectrum(net, 'conv', { size: 8 })
    expect(shape).deep.equal([2, 8, 8])
    const w = weightOf(net, 'conv.weight')
    for (let k = 0; k < 2; k++)
      for (let u = -4; u < 4; u++)
        for (let v = -4; v < 4; v++) {
          let power = 0
          for (let c = 0; c < 3; c++) {
            let [re, im] = [0, 0]
            for (let y = 0; y < 5; y++)
              for (let x = 0; x < 5; x++) {
                const phase = (-2 * Math.PI * (u * y + v * x)) / 8
                const value = w[((k * 3 + c) * 5 + y) * 5 + x]!
                re += value * Math.cos(phase)
                im += value * Math.sin(phase)
              }
            power += re * re + im * im
          }
          expect(data[k * 64 + (u + 4) * 8 + v + 4]).closeTo(power, 1e-4 * (1 + power))
        }
    await net.release()
  })

  it('have the mean Σ w² (Parseval), and half turns do not change them', async () => {
    const net = await withKernel(7, 3, noise)
    const { data } = filterSpectrum(net, 'conv')
    const w = weightOf(net, 'conv.weight')
    for (let k = 0; k < 3; k++) {
      const mean = data.subarray(k * 1024, (k + 1) * 1024).reduce((a, b) => a + b, 0) / 1024
      const squares = w.subarray(k * 147, (k + 1) * 147).reduce((sum, v) => sum + v * v, 0)
      expect(mean).closeTo(squares, 1e-3 * squares)
      for (const [u, v] of [
        [3, 9],
        [20, 14],
      ] as const)
        expect(data[k * 1024 + u * 32 + v]).closeTo(data[k * 1024 + (32 - u) * 32 + 32 - v]!, 1e-2)
    }
    await net.release()
  })

  it('are flat for a single weight, of which strides alias all but 1/s² of the power', async () => {
    for (const stride of [1, 2, 4]) {
      const net = await withKernel(
        3,
        1,
        (_k, c, y, x) => (c === 1 && y === 2 && x === 0 ? 3 : 0),
        stride,
      )
      const spectrum = filterSpectrum(net, 'conv')
      for (const power of spectrum.data) expect(power).closeTo(9, 1e-4)
      for (const power of spectrum.radial.data) expect(power).closeTo(1, 1e-5)
      expect(spectrum.aliased[0]).closeTo(1 - 1 / stride ** 2, 1e-5)
      await net.release()
    }
  })

  it('peak at the frequency of a grating', async () => {
    // 3 cycles in 8 pixels from left to right, and a network that sees all but one frequency of it.
    const net = await withKernel(
      8,
      1,
      (_k, c, _y, x) => (c === 0 ? Math.cos((2 * Math.PI * 3 * x) / 8) : 0),
      2,
    )
    const { data, radial, frequencies, aliased } = filterSpectrum(net, 'conv', { size: 16 })
    const peak = data.indexOf(Math.max(...data))
    expect([Math.floor(peak / 16) - 8, Math.abs((peak % 16) - 8)]).deep.equal([0, 6])
    const ring = radial.data.indexOf(Math.max(...radial.data))
    expect(frequencies[ring]).equal(6 / 16)
    expect(aliased[0]).above(0.7) // 0.375 cycles per pixel lie beyond the 0.25 of a stride of 2
    await net.release()
  })

  it('tell what another stride would alias, as the network with that stride does', async () => {
    const [two, four] = await Promise.all([2, 4].map((s) => withKernel(5, 3, noise, s)))
    const asked = filterSpectrum(two!, 'conv', { stride: 4 })
    const built = filterSpectrum(four!, 'conv')
    expect(asked.aliased).deep.equal(built.aliased)
    expect(asked.aliased[0]).above(filterSpectrum(two!, 'conv').aliased[0]! + 0.05)
    expect(asked.provenance.parameters).deep.include({ strides: [4, 4] })
    expect(() => filterSpectrum(two!, 'conv', { stride: 1.5 })).throw(RangeError, 'not 1.5')
    await Promise.all([two!.release(), four!.release()])
  })

  it('say so in the figure, and mark the limit of the stride', async () => {
    const net = await withKernel(3, 2, noise, 2)
    const { figure, aliased } = filterSpectrum(net, 'conv')
    const lost = Math.round((100 * (aliased[0]! + aliased[1]!)) / 2)
    expect(figure.toString())
      .contains('conv: power spectra of 2 filters')
      .contains('cycles per pixel')
    expect(lost).within(1, 99)
    expect((await render(figure)).inkInPadding()).equal(undefined)
    await net.release()
  })

  it('refuse what there cannot be', async () => {
    const net = await withKernel(5, 1, noise)
    const error = (layer: string, size?: number) =>
      expect(() => filterSpectrum(net, layer, { size }))
    error('conv', 4).throw(RangeError, 'an even number from 6 to 256, not 4')
    error('conv', 9).throw('not 9')
    error('fc').throw("layer 'fc' has no filters")
    await net.release()
  })

  it('of SqueezeNet reach beyond what its stride can represent (Zeiler & Fergus 2014)', async () => {
    // The paper's cure for AlexNet was a smaller stride, 2; filters of 3×3 alias half their power even so.
    const weights = fileURLToPath(fixture('squeezenet1_1/weights.safetensors'))
    const net = await zooNetwork('squeezenet1_1', { weights })
    const { aliased } = filterSpectrum(net, 'features.0')
    const mean = aliased.reduce((sum, share) => sum + share, 0) / aliased.length
    expect(mean).within(0.4, 0.7) // 0.57
    expect(Math.min(...aliased)).below(0.25) // blobs of colour
    expect(Math.max(...aliased)).above(0.75) // the finest edges
    await net.release()
  })
})
