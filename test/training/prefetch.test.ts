import { expect } from 'chai'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
// Worker threads load compiled modules, so this tests the compiled one, which `npm test` builds first.
import type * as Prefetch from '../../src/training/prefetch.js'
import type { Batch, BatchOptions } from '../../src/training/batches.js'
import { batchMaker } from '../../src/training/batches.js'

const compiled = new URL('../../dist/src/training/prefetch.js', import.meta.url)
const root = new URL('../../dist/', import.meta.url).href

/** A module whose `shades` are images of one grey each, and tell which thread made them. */
const module = `
import { isMainThread } from 'node:worker_threads'
import { Image } from '${root}src/image/image.js'
export const shades = ({ length, broken }) => ({
  length,
  classes: ['main thread', 'worker'],
  get(i) {
    if (i === broken) throw new Error('no such shade')
    const image = new Image(2, 2, new Float32Array(12).fill(i / length))
    return { image, label: isMainThread ? 0 : 1 }
  },
})`

const options: BatchOptions = {
  size: 2,
  seed: 3,
  shuffle: true,
  augmentation: { flip: true },
  preprocessing: { size: [2, 2], mean: [0, 0, 0], std: [1, 1, 1] },
  channels: 3,
}

describe('batches made on another thread', () => {
  const load = (): Promise<typeof Prefetch> => import(compiled.href) as Promise<typeof Prefetch>
  let url: URL
  before(function () {
    if (!existsSync(compiled)) {
      console.log('      skipped: dist is not built')
      this.skip()
    }
    const file = join(mkdtempSync(join(tmpdir(), 'fovea-prefetch-')), 'shades.mjs')
    writeFileSync(file, module)
    url = pathToFileURL(file)
  })

  it('are those that this thread makes, in order, from any step on', async () => {
    const { batches, remakeable } = await load()
    const data = await remakeable(url, 'shades', { length: 9 })
    const made: Batch[] = []
    for await (const batch of batches(data, options, 2, 11)) made.push(batch)
    const twin = batchMaker(data, options)
    expect(made.length).equal(9)
    for (const [i, { images, labels }] of made.entries()) {
      expect(images).deep.equal((await twin(2 + i)).images)
      expect([...labels]).deep.equal([1, 1])
    }
  })

  it('pass the error of an item on', async () => {
    const { batches, remakeable } = await load()
    const data = await remakeable(url, 'shades', { length: 4, broken: 2 })
    let message = ''
    try {
      for await (const batch of batches(data, options, 0, 10)) expect(batch.labels.length).equal(2)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).equal('no such shade')
  })

  it('need a function that the module exports', async () => {
    const { remakeable } = await load()
    const error: unknown = await remakeable(url, 'hues', {}).catch((reason: unknown) => reason)
    expect((error as Error).message).match(/exports no function 'hues'/)
  })
})
