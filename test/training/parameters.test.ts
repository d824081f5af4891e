import { expect } from 'chai'
import { heInitialiser, smoothKernels } from '../../src/training/parameters.js'
import { roughness } from '../../src/training/recipes/filters.js'

describe('the first weights of a network', () => {
  const shape = [32, 3, 7, 7]
  const plain = heInitialiser(1, 'fc')('conv1.weight', shape).data as Float32Array
  const smooth = smoothKernels(heInitialiser(1, 'fc'))('conv1.weight', shape).data as Float32Array
  const roughnessOf = (data: Float32Array): number => roughness(Float64Array.from(data), 7, 7)

  it('have the deviation √(2 / inputs) (He et al. 2015)', () => {
    const deviation = Math.sqrt(plain.reduce((sum, w) => sum + w * w, 0) / plain.length)
    expect(deviation).closeTo(Math.sqrt(2 / (3 * 7 * 7)), 0.003)
  })

  it('are the same for the same seed', () => {
    expect(heInitialiser(1, 'fc')('conv1.weight', shape).data).deep.equal(plain)
    expect(heInitialiser(2, 'fc')('conv1.weight', shape).data).not.deep.equal(plain)
  })

  it('are smooth in large kernels where that is asked for, and as large as before', () => {
    expect(roughnessOf(plain)).closeTo(1, 0.1)
    expect(roughnessOf(smooth)).below(0.4)
    expect(Math.hypot(...smooth)).closeTo(Math.hypot(...plain), 1e-3)
  })

  it('are untouched in small kernels and matrices', () => {
    for (const small of [
      [8, 3, 3, 3],
      [8, 5],
    ])
      expect(smoothKernels(heInitialiser(1, 'fc'))('w', small)).deep.equal(
        heInitialiser(1, 'fc')('w', small),
      )
  })
})
