/** Inception v3 (Szegedy et al. 2016), under torchvision's layer names. */
import { Architecture, type ArchitectureOf, type Size } from './architecture.js'
import { fromImagenetStatistics } from './transform-input.js'

/** A convolution with batch norm and ReLU; padded to keep the size, unless its stride is 2. */
type Unit = readonly [name: string, channels: number, kernel: number | Size, stride?: 2]

/** Units one after the other; several in one place stand side by side and are joined. */
type Branch = readonly (Unit | readonly Unit[])[]

interface Module {
  branches: readonly Branch[]
  /** One more branch: means of 3×3 and a convolution to so many channels, or maxima at stride 2. */
  pool: number | 'max'
}

const row = (length: number): Size => [1, length]
const column = (length: number): Size => [length, 1]

const a = (pool: number): Module => ({
  branches: [
    [['branch1x1', 64, 1]],
    [
      ['branch5x5_1', 48, 1],
      ['branch5x5_2', 64, 5],
    ],
    [
      ['branch3x3dbl_1', 64, 1],
      ['branch3x3dbl_2', 96, 3],
      ['branch3x3dbl_3', 96, 3],
    ],
  ],
  pool,
})

const b: Module = {
  branches: [
    [['branch3x3', 384, 3, 2]],
    [
      ['branch3x3dbl_1', 64, 1],
      ['branch3x3dbl_2', 96, 3],
      ['branch3x3dbl_3', 96, 3, 2],
    ],
  ],
  pool: 'max',
}

const c = (inner: number): Module => ({
  branches: [
    [['branch1x1', 192, 1]],
    [
      ['branch7x7_1', inner, 1],
      ['branch7x7_2', inner, row(7)],
      ['branch7x7_3', 192, column(7)],
    ],
    [
      ['branch7x7dbl_1', inner, 1],
      ['branch7x7dbl_2', inner, column(7)],
      ['branch7x7dbl_3', inner, row(7)],
      ['branch7x7dbl_4', inner, column(7)],
      ['branch7x7dbl_5', 192, row(7)],
    ],
  ],
  pool: 192,
})

const d: Module = {
  branches: [
    [
      ['branch3x3_1', 192, 1],
      ['branch3x3_2', 320, 3, 2],
    ],
    [
      ['branch7x7x3_1', 192, 1],
      ['branch7x7x3_2', 192, row(7)],
      ['branch7x7x3_3', 192, column(7)],
      ['branch7x7x3_4', 192, 3, 2],
    ],
  ],
  pool: 'max',
}

const e: Module = {
  branches: [
    [['branch1x1', 320, 1]],
    [
      ['branch3x3_1', 384, 1],
      [
        ['branch3x3_2a', 384, row(3)],
        ['branch3x3_2b', 384, column(3)],
      ],
    ],
    [
      ['branch3x3dbl_1', 448, 1],
      ['branch3x3dbl_2', 384, 3],
      [
        ['branch3x3dbl_3a', 384, row(3)],
        ['branch3x3dbl_3b', 384, column(3)],
      ],
    ],
  ],
  pool: 192,
}

const modules: Record<string, Module> = {
  Mixed_5b: a(32),
  Mixed_5c: a(64),
  Mixed_5d: a(64),
  Mixed_6a: b,
  Mixed_6b: c(128),
  Mixed_6c: c(160),
  Mixed_6d: c(160),
  Mixed_6e: c(192),
  Mixed_7a: d,
  Mixed_7b: e,
  Mixed_7c: e,
}

/** Inception v3. [N, 3, 299, 299] → [N, 1000]; images of 75² at least. */
export const inception_v3: ArchitectureOf = (weights, size = [299, 299]) => {
  const net = new Architecture('inception_v3', [3, ...size], weights)

  const unit = (
    name: string,
    x: string,
    channels: number,
    kernel: number | Size,
    options: { stride?: 2; padding?: 0 | 'same' } = {},
  ): string => {
    const y = net.conv(`${name}.conv`, x, channels, kernel, { bias: false, ...options })
    return net.relu(name, net.batchNorm(`${name}.bn`, y, 1e-3))
  }
  const pool = (name: string, x: string): string => net.maxPool(name, x, 3, { stride: 2 })

  const module = (name: string, x: string, { branches, pool: pooled }: Module): string => {
    const member = (input: string, [part, channels, kernel, stride]: Unit): string =>
      unit(`${name}.${part}`, input, channels, kernel, stride ? { stride } : { padding: 'same' })
    const ends = branches.map((branch) =>
      branch.reduce((input, step) => {
        if (isUnit(step)) return member(input, step)
        const sides = step.map((side) => member(input, side))
        return net.concat(`${name}.${step[0]![0].slice(0, -1)}`, sides)
      }, x),
    )
    if (pooled === 'max') return net.concat(name, [...ends, pool(`${name}.max_pool2d`, x)])
    const mean = net.averagePool(`${name}.avg_pool2d`, x, 3, { stride: 1, padding: 1 })
    return net.concat(name, [...ends, member(mean, ['branch_pool', pooled, 1])])
  }

  let x = unit('Conv2d_1a_3x3', fromImagenetStatistics(net), 32, 3, { stride: 2 })
  x = unit('Conv2d_2a_3x3', x, 32, 3)
  x = unit('Conv2d_2b_3x3', x, 64, 3, { padding: 'same' })
  x = unit('Conv2d_3b_1x1', pool('maxpool1', x), 80, 1)
  x = pool('maxpool2', unit('Conv2d_4a_3x3', x, 192, 3))
  for (const [name, table] of Object.entries(modules)) x = module(name, x, table)
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  net.skip('AuxLogits') // the auxiliary classifier serves training alone
  return net.output(net.linear('fc', x, 1000))
}

const isUnit = (step: Unit | readonly Unit[]): step is Unit => typeof step[0] === 'string'
