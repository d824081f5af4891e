import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { scenes } from '../../datasets/scenes/index.js'
import { findLayer } from '../../src/activations/address.js'
import type { PictureSet } from '../../src/activations/stream.js'
import { Keeper, topUnits } from '../../src/activations/top-units.js'
import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import type { Network } from '../../src/network/network.js'
import { chooseSignal } from '../../src/work/index.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'
import { toyNetwork } from '../toys.js'

const pictures = (length: number, seed = 1): Image[] => {
  const random = new Random(seed)
  return Array.from(
    { length },
    () =>
      new Image(
        9,
        8,
        Float32Array.from({ length: 216 }, () => random.uniform()),
      ),
  )
}

const toy = (options = {}): Promise<Network> =>
  toyNetwork(
    [3, 8, 9],
    (layers, input) => {
      const maps = layers.relu('relu', layers.conv('conv', input, 6, 3))
      return layers.linear('fc', layers.flatten('flatten', maps), 3)
    },
    options,
  )

/** A data set that counts how often its pictures are made. */
function counted(images: readonly Image[], digest?: string): PictureSet & { made: number } {
  return {
    length: images.length,
    made: 0,
    get(index) {
      this.made++
      return images[index]!
    },
    ...(digest !== undefined && { digest }),
  }
}

onEveryEngine('the strongest pictures of every unit', (engine) => {
  let net: Network
  before(async () => {
    net = await toy({ engine })
  })
  after(() => net.release())

  it('equal those of a full sort, for every layer in one pass', async () => {
    const images = pictures(23)
    const set = counted(images)
    const names = ['conv', 'relu', 'fc']
    const found = await topUnits(
      net,
      set,
      names.map((name) => findLayer(net, name)),
      {
        top: 4,
        batch: 5,
        cache: false,
      },
    )
    expect(found.seen).equal(23)
    expect(set.made).equal(24) // each once, and the first one to know the data set
    for (const name of names) {
      const outputs = await Promise.all(
        images.map(async (image) => (await net.run(image, { layers: [name] }))[name]!),
      )
      const [, units] = outputs[0]!.shape as [number, number]
      const { values, pictures } = found.layers[name]!
      expect(values.shape).deep.equal([units, 4])
      for (let unit = 0; unit < units; unit++) {
        const ranked = outputs
          .map(({ data }, index) => {
            const size = data.length / units
            return { index, value: Math.max(...data.subarray(unit * size, (unit + 1) * size)) }
          })
          .filter(({ value }) => value !== 0)
          .sort((a, b) => b.value - a.value || a.index - b.index)
          .slice(0, 4)
        ranked.forEach(({ index, value }, rank) => {
          expect(pictures[unit * 4 + rank], `${name}:${unit}`).equal(index)
          expect(values.data[unit * 4 + rank]).closeTo(value, 1e-5)
        })
        for (let rank = ranked.length; rank < 4; rank++) {
          expect(pictures[unit * 4 + rank]).equal(-1)
          expect(values.data[unit * 4 + rank]).equal(0)
        }
      }
    }
  })

  it('do not depend on the batch', async () => {
    const set = { length: 11, get: (i: number) => pictures(11)[i]! }
    const layers = [findLayer(net, 'relu')]
    const one = await topUnits(net, set, layers, { top: 3, batch: 1, cache: false })
    const many = await topUnits(net, set, layers, { top: 3, batch: 4, cache: false })
    expect([...one.layers.relu!.pictures]).deep.equal([...many.layers.relu!.pictures])
  })
})

describe('the strongest pictures', () => {
  it('of equal values are the earlier ones; 0 is no activation, what is negative is', () => {
    const keeper = new Keeper(2, 2)
    keeper.add(Float32Array.of(1, 0, 2, -3, 2, 0, 1, -1), 0, 4)
    keeper.add(Float32Array.of(2, -2), 4, 1)
    const { values, pictures } = keeper.result()
    expect([...values.data]).deep.equal([2, 2, -1, -2])
    expect([...pictures]).deep.equal([1, 2, 3, 4])
  })

  it('are kept in memory that does not grow with the pictures', () => {
    const keeper = new Keeper(3, 5)
    for (let i = 0; i < 2000; i++) keeper.add(Float32Array.of(Math.sin(i), 1, i), i, 1)
    const { values, pictures } = keeper.result()
    expect(values.data.length + pictures.length).equal(30)
    expect([...pictures.subarray(5)]).deep.equal([0, 1, 2, 3, 4, 1999, 1998, 1997, 1996, 1995])
  })

  describe('are kept', () => {
    let net: Network
    let cache: string
    before(async () => {
      net = await toy()
    })
    after(() => net.release())
    beforeEach(async () => {
      cache = await mkdtemp(join(tmpdir(), 'fovea-'))
    })
    afterEach(() => rm(cache, { recursive: true }))
    const find = (set: PictureSet, names: string[], top = 3, of = net) =>
      topUnits(
        of,
        set,
        names.map((name) => findLayer(of, name)),
        { top, cache },
      )

    it('for as long as the data set is the same object', async () => {
      const set = counted(pictures(6))
      const first = await find(set, ['relu'])
      expect(set.made).equal(7)
      const again = await find(set, ['relu'], 2)
      expect(set.made).equal(8)
      expect([...again.layers.relu!.pictures.subarray(0, 2)]).deep.equal([
        ...first.layers.relu!.pictures.subarray(0, 2),
      ])
      expect(again.layers.relu!.values.shape).deep.equal([6, 2])
      await find(set, ['relu', 'conv']) // the missing one alone
      expect(set.made).equal(15)
      await find(set, ['relu'], 4) // more than was kept
      expect(set.made).equal(22)
      expect(await readdir(cache)).deep.equal([]) // it has no name
    })

    it('on disk where the data set has a name', async () => {
      const images = pictures(6)
      const first = await find(counted(images, 'toys'), ['relu', 'fc'])
      const files = await readdir(join(cache, 'patches'))
      expect(files).length(2)
      const set = counted(images, 'toys')
      const second = await find(set, ['relu', 'fc'])
      expect(set.made).equal(1)
      for (const layer of ['relu', 'fc'])
        expect(second.layers[layer]).deep.equal(first.layers[layer])
    })

    it('for this network, these pictures and this name alone', async () => {
      const images = pictures(6)
      await find(counted(images, 'toys'), ['relu'])
      const passes = async (set: PictureSet & { made: number }, of = net) => {
        await find(set, ['relu'], 3, of)
        return set.made > 1
      }
      expect(await passes(counted(images, 'toys'))).false
      expect(await passes(counted(images, 'others'))).true
      expect(await passes(counted(pictures(6, 2), 'toys'))).true // drawn anew by other code
      const other = await toyNetwork([3, 8, 9], (layers, input) => {
        const maps = layers.relu('relu', layers.conv('conv', input, 6, 3, { padding: 1 }))
        return layers.linear('fc', layers.flatten('flatten', maps), 3)
      })
      expect(await passes(counted(images, 'toys'), other)).true
      await other.release()
    })

    it('and found anew where the file is damaged', async () => {
      const images = pictures(6)
      await find(counted(images, 'toys'), ['relu'])
      const [file] = await readdir(join(cache, 'patches'))
      const path = join(cache, 'patches', file!)
      const whole = await readFile(path)
      await writeFile(path, whole.subarray(0, whole.length / 2))
      const set = counted(images, 'toys')
      await find(set, ['relu'])
      expect(set.made).equal(7)
      expect(await readFile(path)).deep.equal(whole)
    })

    it('by the name of scenes, which is that of their options', () => {
      const one = scenes({ seed: 1, length: 5 })
      expect(scenes({ length: 5, seed: 1 }).digest).equal(one.digest)
      expect(scenes({ seed: 2, length: 5 }).digest).not.equal(one.digest)
      expect(scenes({ seed: 1, length: 6 }).digest).not.equal(one.digest)
    })

    it('unless the pass was interrupted, which gives what it has', async () => {
      const images = pictures(12)
      const stop = new AbortController()
      const set: PictureSet & { made: number } = {
        ...counted(images, 'toys'),
        get(index) {
          this.made++
          if (index === 5) stop.abort()
          return images[index]!
        },
      }
      chooseSignal(stop.signal)
      let found
      try {
        found = await topUnits(net, set, [findLayer(net, 'fc')], { top: 3, batch: 2, cache })
      } finally {
        chooseSignal(undefined)
      }
      expect(found.seen).within(4, 6)
      const { seen } = found
      const part = await topUnits(net, counted(images.slice(0, seen)), [findLayer(net, 'fc')], {
        top: 3,
        batch: 2,
        cache: false,
      })
      expect([...found.layers.fc!.pictures]).deep.equal([...part.layers.fc!.pictures])
      expect(await readdir(cache)).deep.equal([])
      const whole = counted(images, 'toys')
      expect((await find(whole, ['fc'])).seen).equal(12)
    })

    it('not at all where that cannot be', async () => {
      const blocked = join(cache, 'file')
      await writeFile(blocked, '')
      const set = counted(pictures(4), 'toys')
      const { seen } = await topUnits(net, set, [findLayer(net, 'fc')], { cache: blocked })
      expect(seen).equal(4)
    })

    it('and refused where there is nothing to find', async () => {
      expect((await rejection(find(counted([]), ['fc']))).message).equal('the data set is empty')
      const none = await rejection(find(counted(pictures(2)), ['fc'], 0))
      expect(none.message).equal('the pictures of each unit are 1 or more, not 0')
    })
  })
})
