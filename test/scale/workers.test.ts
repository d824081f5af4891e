import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Items } from '../../datasets/dataset.js'
import type { Recipe } from '../../datasets/recipe.js'
import { scenes } from '../../datasets/scenes/index.js'
import { maximalPatches } from '../../src/activations/patches.js'
import { embed } from '../../src/embeddings/embed.js'
import type { Engine } from '../../src/engine/engine.js'
import { onnxEngine } from '../../src/engine/onnx.js'
import type { Network } from '../../src/network/network.js'
import { attackReport } from '../../src/robustness/attacks/attack-report.js'
import { robustness } from '../../src/robustness/corruptions/robustness.js'
import type { Example } from '../../src/training/batches.js'
import { remakeable } from '../../src/training/prefetch.js'
import { chooseSignal } from '../../src/work/index.js'
import { rejection } from '../rejection.js'
import { randomWeights, toyNetwork } from '../toys.js'
import { type Trouble, troubled as withTrouble } from './data.js'
import { same } from './same.js'

const module = new URL('./data.ts', import.meta.url)
const troubled = (trouble: Trouble): Promise<Items<Example> & { recipe?: Recipe }> =>
  remakeable(module, 'troubled', trouble)

const network = (seed = 1, engine?: Engine): Promise<Network> =>
  toyNetwork(
    [3, 32, 32],
    (toy, input) => {
      const maps = toy.relu('relu', toy.conv('conv', input, 4, 5, { stride: 4 }))
      return toy.linear('fc', toy.flatten('flatten', maps), 3)
    },
    {
      weights: randomWeights(seed),
      classes: ['cat', 'car', 'pizza'],
      preprocessing: { size: [32, 32], mean: [0.5, 0.5, 0.5], std: [1, 1, 1] },
      engine,
    },
  )

describe('workers of this machine', function () {
  this.timeout(120_000) // processes start, on a busy machine one after another
  let net: Network
  let folder: string
  let cache: string | undefined
  before(async () => {
    net = await network()
    folder = await mkdtemp(join(tmpdir(), 'fovea-workers-'))
    cache = process.env.XDG_CACHE_HOME
    process.env.XDG_CACHE_HOME = folder
  })
  after(async () => {
    if (cache === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = cache
    await rm(folder, { recursive: true })
    await net.release()
  })

  const jobs = (): Promise<string[]> => readdir(join(folder, 'fovea', 'jobs')).catch(() => [])
  const keptShards = async (): Promise<number[]> => {
    const [job = ''] = await jobs()
    const names = await readdir(join(folder, 'fovea', 'jobs', job)).catch(() => [])
    return names
      .flatMap((name) => (/^\d+\.safetensors$/.test(name) ? [parseInt(name)] : []))
      .sort((a, b) => a - b)
  }

  afterEach(() => rm(join(folder, 'fovea'), { recursive: true, force: true }))

  it('find the maximal patches that one process finds, bit for bit', async () => {
    const data = scenes({
      seed: 3,
      classes: ['cat', 'car'],
      styles: ['noto'],
      length: 70,
      size: 32,
    })
    const options = { top: 4, units: 3, cache: false } as const
    const alone = await maximalPatches(net, data, ['relu', 'fc'], options)
    const together = await maximalPatches(net, data, ['relu', 'fc'], { ...options, workers: 2 })
    same(together, alone)
    expect(together.layers).deep.equal(alone.layers)
    expect(together.units).deep.equal(alone.units)
    expect(await jobs()).deep.equal([])
  })

  it('compute the features that one process computes, bit for bit, though one of them is killed', async () => {
    const file = join(folder, 'killed')
    const data = await troubled({ deadly: 61, file })
    const together = await embed(net, data, 'relu', { batch: 10, workers: 2 })
    const alone = await embed(net, withTrouble({}), 'relu', { batch: 10 })
    expect(existsSync(`${file}.0`)).equal(true)
    same(together, alone)
    expect(together.labels).deep.equal(alone.labels)
    expect(together.classes).deep.equal(alone.classes)
    expect(together.pixels.data).deep.equal(alone.pixels.data)
    expect(await jobs()).deep.equal([])
  })

  it('count the errors that one process counts', async () => {
    const other = await network(8)
    const data = await troubled({})
    const options = {
      images: 5,
      corruptions: ['fog', 'gaussian noise'],
      severities: [2, 5],
    } as const
    const alone = await robustness({ net, other }, withTrouble({}), options)
    const together = await robustness({ net, other }, data, { ...options, workers: 1 })
    same(together, alone)
    expect(together.networks).deep.equal(alone.networks)
    await other.release()
  })

  it('find in attacks what one process finds', async () => {
    // This process looks at the pictures itself, and tsx gives modules that are imported late classes of their own.
    const data = Object.assign(withTrouble({}), { recipe: (await troubled({})).recipe })
    const alone = await attackReport(net, data, { images: 34, seed: 2 })
    const together = await attackReport(net, data, { images: 34, seed: 2, workers: 1 })
    same(together, alone)
    expect(together.reports).deep.equal(alone.reports)
    const attacks = { mine: () => Promise.reject(new Error('never called')) }
    const refused = await rejection(attackReport(net, data, { attacks, workers: 2 }))
    expect(refused.message).match(/^workers know the usual attacks/)
  })

  it('are not sent into a shard again that has killed three of them; the others stay done', async () => {
    const file = join(folder, 'deadly')
    const data = await troubled({ deadly: 11, times: 3, file })
    const error = await rejection(embed(net, data, 'relu', { batch: 10, workers: 1 }))
    expect(error.message).match(/^3 workers ended in shard 1, the last one was ended by SIGKILL/)
    expect(await keptShards()).deep.equal([0])
  })

  it('say what one process would say of a picture that cannot be read', async () => {
    const data = await troubled({ broken: 33 })
    const error = await rejection(embed(net, data, 'relu', { batch: 10, workers: 1 }))
    expect(error).instanceOf(RangeError)
    expect(error.message).equal('picture 33 cannot be read')
  })

  it('stop at an interrupt with the first rows, and go on from there', async () => {
    const log = join(folder, 'log')
    const data = await troubled({ slow: 60, log })
    const stop = new AbortController()
    chooseSignal(stop.signal)
    const options = { batch: 10, workers: 1 }
    try {
      const running = embed(net, data, 'relu', options)
      while ((await keptShards()).length < 3) await sleep(20)
      stop.abort()
      const first = await running
      expect(first.interrupted).equal(true)
      const rows = first.shape[0]!
      expect(rows).within(10, 110)
      const kept = await keptShards()
      expect(kept.length).within(3, 11)
      chooseSignal(undefined)

      const whole = await embed(net, data, 'relu', options)
      same(whole, await embed(net, withTrouble({}), 'relu', { batch: 10 }))
      expect(whole.interrupted).equal(false)
      expect(first.data).deep.equal(whole.data.slice(0, first.data.length))
      const read = (await readFile(log, 'utf8')).trim().split('\n').map(Number)
      // The first picture is also read to make sure that it is the same everywhere.
      const again = kept.flatMap((shard) =>
        [...Array(10).keys()].filter((i) => 10 * shard + i > 0).map((i) => 10 * shard + i),
      )
      for (const i of again) expect(read.filter((one) => one === i)).deep.equal([i])
    } finally {
      chooseSignal(undefined)
    }
  })

  it('are refused what cannot be described to them', async () => {
    const inMemory = [...scenes({ length: 3 })].map(({ image }) => image)
    const workers = 2
    const error = await rejection(embed(net, inMemory, 'relu', { workers }))
    expect(error).instanceOf(TypeError)
    expect(error.message).match(
      /its pictures, or a function that makes them, exist in this process/,
    )
    const mapped = scenes({ length: 3 }).map(({ image }) => ({ image }))
    expect((await rejection(embed(net, mapped, 'relu', { workers }))).message).equal(error.message)

    const engine = { ...onnxEngine(), name: 'mine' }
    const own = await network(1, engine)
    const strange = embed(own, scenes({ length: 3 }), 'relu', { workers })
    expect((await rejection(strange)).message).match(/^the engine 'mine' is known in this process/)
    await own.release()

    const data = scenes({ length: 3 })
    for (const [options, message] of [
      [{ workers: 0 }, 'the number of workers is a whole number, 1 or more, not 0'],
      [
        { workers: 1, queue: 'redis://localhost' },
        'either `workers` of this machine or those of a `queue`, not both',
      ],
      [
        { queue: 'redis://:secret@127.0.0.1:1' },
        'there is no Redis server at redis://…@127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
      ],
      [
        { queue: 'http://localhost' },
        "a queue is the address of a Redis server, redis://host:6379, not 'http://localhost'",
      ],
    ] as const)
      expect((await rejection(embed(net, data, 'relu', options))).message).equal(message)
  })
})
