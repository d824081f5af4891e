import { expect } from 'chai'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { cifar10 } from '../../datasets/cifar.js'
import { imageFolder } from '../../datasets/folder.js'
import { images } from '../../datasets/images.js'
import { idxImages } from '../../datasets/mnist.js'
import type { Recipe } from '../../datasets/recipe.js'
import { type Scene, scenes } from '../../datasets/scenes/index.js'
import { imageOf } from '../../src/activations/stream.js'
import { filesOf, fromRecipe, type Pictures, stateOf } from '../../src/scale/data.js'
import { remakeable } from '../../src/training/prefetch.js'
import { rejection } from '../rejection.js'

/** As it arrives elsewhere. */
const travelled = (recipe: Recipe | undefined): Recipe =>
  JSON.parse(JSON.stringify(recipe)) as Recipe

async function comesAgain(data: Pictures): Promise<void> {
  const again = await fromRecipe(travelled(data.recipe), true)
  expect(again.length).equal(data.length)
  expect(again.classes).deep.equal(data.classes)
  for (let i = 0; i < data.length; i++) {
    const [one, other] = [await data.get(i), await again.get(i)]
    expect(imageOf(other).data).deep.equal(imageOf(one).data)
    expect((other as { label?: number }).label).equal((one as { label?: number }).label)
  }
}

describe('data sets come again from their recipes', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-recipes-'))
    const some = scenes({ seed: 3, length: 6, size: 32 })
    for (const [i, { image }] of [...some].entries()) {
      const of = join(folder, 'pictures', i % 2 ? 'odd' : 'even')
      await mkdir(of, { recursive: true })
      await image.save(join(of, `${i}.png`))
    }
    await writeFile(join(folder, 'pictures', 'odd', '9.png'), 'no picture')
    const records = Uint8Array.from({ length: 3 * 3073 }, (_, i) => (i % 3073 ? i % 256 : i / 3073))
    await writeFile(join(folder, 'test_batch.bin'), records)
    const idx = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    await writeFile(join(folder, 'pixels'), Uint8Array.from(idx))
    await writeFile(join(folder, 'labels'), Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 0]))
  })
  after(() => rm(folder, { recursive: true }))

  it('scenes, and what methods make of them', async () => {
    const data = scenes({ seed: 8, length: 40, size: 32, bias: { wolf: 'snow' }, clutter: 2 })
    const { train, test } = data.split({ train: 0.5, test: 0.2 }, { seed: 4 })
    const odd = train.filter(({ label }) => label % 2 === 1)
    await comesAgain(odd.concat(test.skip(3)).shuffle(11).take(9))
    await comesAgain(data.select([7, 7, 1]))
    expect(data.map(({ image }) => image).recipe).equal(undefined)
    expect(data.concat(data.map((scene: Scene) => scene)).recipe).equal(undefined)
  })

  it('folders, files and what is in them, wherever one is', async () => {
    const pictures = relative(process.cwd(), join(folder, 'pictures'))
    await comesAgain(await imageFolder(pictures, { classes: ['odd', 'even'], broken: 'skip' }))
    await comesAgain(await images(join(pictures, 'even')))
    const two = ['even/0.png', 'odd/1.png'].map((name) => join(pictures, name))
    await comesAgain(await images(two))
    await comesAgain(await cifar10(relative(process.cwd(), folder), { split: 'test' }))
    const [pixels, labels] = [join(folder, 'pixels'), join(folder, 'labels')]
    await comesAgain(await idxImages(pixels, labels, { range: [9, 0] }))
    await comesAgain(await idxImages(pixels, undefined, { transposed: true }))
    const inMemory = await images([...scenes({ length: 2 })].map(({ image }) => image))
    expect(inMemory.recipe).equal(undefined)
  })

  it('what a module makes, where its code may be loaded', async () => {
    const data = await remakeable(new URL('./data.ts', import.meta.url), 'troubled', {})
    const { recipe } = data as Pictures
    expect((await fromRecipe(travelled(recipe), true)).length).equal(120)
    const refused = await rejection(fromRecipe(travelled(recipe), false))
    expect(refused.message).match(/data\.ts, which this worker may not load unless/)
  })

  it('and name their files: another state is another data set', async () => {
    const { recipe } = await imageFolder(join(folder, 'pictures'))
    const files = await filesOf({ concat: [recipe!, { of: recipe!, step: ['take', 1] }] })
    const names = ['even/0', 'even/2', 'even/4', 'odd/1', 'odd/3', 'odd/5', 'odd/9']
    const once = names.map((name) => join(folder, 'pictures', `${name}.png`))
    expect(files).deep.equal([...once, ...once])
    const state = await stateOf(files)
    expect(await stateOf(files)).equal(state)
    await utimes(once[2]!, 1, 1)
    expect(await stateOf(files)).not.equal(state)
    expect(await filesOf(scenes().recipe!)).deep.equal([])
  })
})
