/** Maximal patches: how much of the forward pass's throughput is left when a data set streams through. */
import { scenes, splits } from '../datasets/scenes/index.js'
import { type FoundLayer, findLayer } from '../src/activations/address.js'
import { batchSize, inputBatches, type PictureSet } from '../src/activations/stream.js'
import { topUnits } from '../src/activations/top-units.js'
import { Image } from '../src/image/image.js'
import { Random } from '../src/image/random.js'
import { float32 } from '../src/network/graph.js'
import type { Network } from '../src/network/network.js'
import { zooNetwork } from '../src/network/zoo/index.js'
import { network, table, time } from './measure.js'

const ROUNDS = 5

/** Pictures that lie in memory, of the network's own size or larger. */
function inMemory(net: Network, length: number, larger = 1): PictureSet {
  const random = new Random(3)
  const [height, width] = net.preprocessing.size.map((side) => Math.round(side * larger)) as [
    number,
    number,
  ]
  const pictures = Array.from({ length: 32 }, () => {
    const data = Float32Array.from({ length: 3 * height * width }, () => random.uniform())
    return new Image(width, height, data)
  })
  return { length, get: (i) => pictures[i % pictures.length]! }
}

interface Case {
  title: string
  net: Network
  layers: readonly string[]
  data: PictureSet
}

async function cases(): Promise<Case[]> {
  const own = await zooNetwork('scenes')
  const squeezenet = await network('squeezenet1_1')
  const convolutions = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5']
  const fires = ['features.1', 'features.4', 'features.7', 'features.10', 'features.12']
  return [
    { title: 'pictures in memory', net: own, layers: convolutions, data: inMemory(own, 4096) },
    {
      title: 'Scenes, made on the way',
      ...{ net: own, layers: convolutions, data: scenes({ ...splits.test, length: 4096 }) },
    },
    {
      title: 'pictures in memory',
      ...{ net: squeezenet, layers: fires, data: inMemory(squeezenet, 512) },
    },
    {
      title: 'the same, scaled down from 256×256',
      ...{ net: squeezenet, layers: fires, data: inMemory(squeezenet, 512, 256 / 224) },
    },
  ]
}

/** The forward pass alone: one batch that is ready, as often as the data set has such. */
async function forward(net: Network, layers: readonly FoundLayer[], data: PictureSet) {
  const size = batchSize(net, data.length)
  const graph = net.graph.extract([layers.at(-1)!.value])
  graph.inputs = [{ ...graph.inputs[0]!, shape: [size, ...graph.inputs[0]!.shape!.slice(1)] }]
  const program = await net.engine.compile(graph)
  const first = await inputBatches(net, data, size).next()
  if (first.done) throw new Error('the data set is empty')
  const { data: values, shape } = first.value.pixels
  const pixels = float32(values, shape)
  return {
    run: async () => {
      for (let i = 0; i < data.length; i += size)
        await program.run({ [graph.inputs[0]!.name]: pixels })
    },
    release: () => program.release(),
  }
}

export async function patchesSection(): Promise<string> {
  const rows: string[][] = []
  for (const { title, net, layers: names, data } of await cases()) {
    const layers = names.map((name) => findLayer(net, name))
    const alone = await forward(net, layers, data)
    const pass = () => topUnits(net, data, layers, { cache: false })
    const [bare, whole]: [number[], number[]] = [[], []]
    await alone.run()
    await pass()
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await time(alone.run))
      whole.push(await time(pass))
    }
    await alone.release()
    const rate = (times: readonly number[]): number => (1000 * data.length) / Math.min(...times)
    rows.push([
      net.name,
      title,
      rate(bare).toFixed(0),
      rate(whole).toFixed(0),
      `${((100 * rate(whole)) / rate(bare)).toFixed(0)} %`,
    ])
    console.log(rows.at(-1)!.join('  '))
  }
  return [
    'Pictures per second, the best of interleaved runs: the forward pass to the highest of five layers on a batch that ' +
      'is ready, and the whole pass of maximal patches over these layers, with the pictures’ normalisation, the ' +
      'largest value of each of their maps, and the compilation of its graph.',
    '',
    table(['network', 'data', 'forward', 'maximal patches', 'share'], rows),
  ].join('\n')
}
