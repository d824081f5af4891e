import { expect } from 'chai'
import type { Engine } from '../../src/engine/engine.js'
import { gradient } from '../../src/gradient/gradient.js'
import type { Preprocessing } from '../../src/image/preprocessing.js'
import { Random } from '../../src/image/random.js'
import type { PictureShape } from '../../src/image/transforms/transform.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph } from '../../src/network/graph.js'
import { fourier } from '../../src/optimise/images/fourier.js'
import type { Parametrisation } from '../../src/optimise/images/parametrisation.js'
import { pixels } from '../../src/optimise/images/pixels.js'
import { onEveryEngine } from '../engines.js'
import { relativeError } from '../reference.js'
import { randomTensor } from '../toys.js'

const preprocessing: Preprocessing = {
  size: [6, 8],
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
}
const shape: PictureShape = [2, 3, 6, 8]
const weights = randomTensor([...shape], 9)

/** The picture of some numbers, the numbers confined, and the gradient of ⟨picture, weights⟩ by the numbers. */
async function decode(engine: Engine, image: Parametrisation, numbers: Float32Array, of: number[]) {
  const b = new Builder(new Graph())
  b.input('numbers', of)
  const picture = image.decode(b, 'numbers', shape, preprocessing)
  const product = b.sum(
    b.add('Mul', [picture, b.constant(float32(weights.data, weights.shape))]),
    [0, 1, 2, 3],
  )
  const [slope] = gradient(b, product, ['numbers'])
  const confined = image.confine?.(b, 'numbers', preprocessing) ?? 'numbers'
  const names = { picture, slope: slope!, confined }
  for (const [name, value] of Object.entries(names))
    b.addMany('Identity', [value], {}, 1, `r.${name}`)
  const program = await engine.compile(
    b.graph.extract(Object.keys(names).map((name) => `r.${name}`)),
  )
  const results = await program.run({ numbers: float32(numbers, of) })
  await program.release()
  const read = (name: string) => results[`r.${name}`]!.data as Float32Array
  return { picture: read('picture'), slope: read('slope'), confined: read('confined') }
}

onEveryEngine('what images are made of', (engine) => {
  const colours = randomTensor([...shape], 4)
  // Within black and white, normalised.
  const inside = {
    data: colours.data.map((value, i) => {
      const c = Math.floor(i / 48) % 3
      return (0.5 + 0.4 * value - preprocessing.mean[c]!) / preprocessing.std[c]!
    }),
    shape: [...shape],
  }
  const all = {
    pixels: pixels(),
    'pixels of bytes': pixels({ units: 'bytes', range: 'free' }),
    sigmoids: pixels({ range: 'sigmoid' }),
    'Fourier coefficients': fourier(),
    'Fourier coefficients of plain colours': fourier({ decorrelate: false, decay: 0 }),
  }
  for (const [name, image] of Object.entries(all)) {
    it(`${name} show the picture that they were made of`, async () => {
      const numbers = image.encode(inside, preprocessing)
      const { picture } = await decode(engine, image, numbers.data, numbers.shape)
      expect(relativeError({ data: picture, shape: [...shape] }, inside)).below(1e-4)
    })

    it(`${name} have the gradient of central differences`, async () => {
      const numbers = image.encode(inside, preprocessing)
      const { slope } = await decode(engine, image, numbers.data, numbers.shape)
      const value = async (at: number, by: number): Promise<number> => {
        const moved = numbers.data.slice()
        moved[at]! += by
        const { picture } = await decode(engine, image, moved, numbers.shape)
        return picture.reduce((sum, pixel, i) => sum + pixel * weights.data[i]!, 0)
      }
      const step = name === 'pixels of bytes' ? 1 : 0.02
      const count = engine.name === 'onnx' ? 4 : 1
      for (let k = 0; k < count; k++) {
        const at = Math.floor(((k + 0.4) * slope.length) / 4)
        const difference = ((await value(at, step)) - (await value(at, -step))) / (2 * step)
        expect(slope[at]).closeTo(difference, 2e-3 * Math.max(1, Math.abs(difference)))
      }
    })
  }

  it('clamped pixels end at black and white', async () => {
    const far = { data: new Float32Array(288).fill(9), shape: [...shape] }
    far.data.fill(-9, 144)
    const { confined } = await decode(engine, pixels(), far.data, far.shape)
    for (const c of [0, 1, 2]) {
      const { mean, std } = preprocessing
      expect(confined[c * 48]).closeTo((1 - mean[c]!) / std[c]!, 1e-5)
      expect(confined[144 + c * 48]).closeTo(-mean[c]! / std[c]!, 1e-5)
    }
  })

  it('Fourier coefficients of one frequency are a wave', async () => {
    const image = fourier({ decorrelate: false })
    const { shape: of } = image.noise!(1, shape, new Random(1))
    const numbers = new Float32Array(of.reduce((a, b) => a * b))
    const [, , rows, columns] = of as [number, number, number, number]
    expect([rows, columns]).deep.equal([12, 5])
    numbers[0 * columns + 2] = 0.1 // row 0, two waves across
    const { picture } = await decode(engine, image, numbers, of)
    const logits = [...picture.subarray(0, 8)].map((value) => {
      const p = value * preprocessing.std[0] + preprocessing.mean[0]
      return Math.log(p / (1 - p))
    })
    // √(HW)/4 / frequency · 0.1, twice, over HW.
    const amplitude = (2 * 0.1 * Math.sqrt(48)) / (2 / 8) / 4 / 48
    logits.forEach((value, i) =>
      expect(value).closeTo(amplitude * Math.cos((2 * Math.PI * 2 * i) / 8), 1e-4),
    )
  })
})

describe('what images are made of', () => {
  it('refuses what there is not', () => {
    expect(() => pixels({ units: 'unit' as 'bytes' })).throw(RangeError, "'normalised' or 'bytes'")
    expect(() => pixels({ range: 'x' as 'free' })).throw(RangeError, "'clamp', 'sigmoid' or 'free'")
    expect(() => fourier({ decay: NaN })).throw(RangeError, 'finite')
  })
})
