import { mkdir, symlink } from 'node:fs/promises'
import { crc32, deflateSync } from 'node:zlib'
import { expect } from 'chai'
import { imageFolder } from '../../datasets/folder.js'
import { images } from '../../datasets/images.js'
import { display } from '../../src/image/display.js'
import { Image } from '../../src/image/image.js'
import { loadImage } from '../../src/image/load.js'
import { Random } from '../../src/image/random.js'
import { rejection } from '../rejection.js'
import { mutate, temporaryFolder } from './temporary.js'

/** A picture of one colour. */
function flat(r: number, g: number, b: number, width = 6, height = 4): Image {
  const plane = width * height
  const data = Float32Array.from(
    { length: 3 * plane },
    (_, i) => [r, g, b][Math.floor(i / plane)]! / 255,
  )
  return new Image(width, height, data)
}

/** A PNG file of a few kB whose header speaks of side × side grey pixels. */
function hugePng(side: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    checksum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, checksum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 8 // bits
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1e6))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const red = flat(255, 0, 0)
const green = flat(0, 255, 0)
const blue = flat(0, 0, 255, 3, 9)

describe('image files as data sets', () => {
  const { path, write } = temporaryFolder()
  const save = (name: string, image: Image) => write(name, image.png())
  const encoded = (image: Image, type: 'image/jpeg' | 'image/webp'): Buffer =>
    type === 'image/jpeg'
      ? image.toCanvas().toBuffer('image/jpeg', 95)
      : image.toCanvas().toBuffer('image/webp', 95)

  before(async () => {
    await save('pets/dog/b.PNG', red)
    await write('pets/dog/a.jpeg', encoded(green, 'image/jpeg'))
    await write('pets/cat/tabby/old/1.webp', encoded(blue, 'image/webp'))
    await save('pets/cat/z.png', green)
    // What is to be passed over:
    await write('pets/dog/.hidden.png', 'no picture')
    await write('pets/dog/.ipynb_checkpoints/c.png', 'no picture')
    await write('pets/.git/d.png', 'no picture')
    await write('pets/dog/notes.txt', 'two dogs')
    await write('pets/readme.md', '# Pets')
  })

  describe('imageFolder', () => {
    it('has a class for each folder, and the files below it', async () => {
      const pets = await imageFolder(path('pets'))
      expect(pets.classes).to.deep.equal(['cat', 'dog'])
      expect(pets.files.map(({ name }) => name)).to.deep.equal([
        'cat/z.png',
        'cat/tabby/old/1.webp',
        'dog/a.jpeg',
        'dog/b.PNG',
      ])
      expect([...pets.labels()]).to.deep.equal([0, 0, 1, 1])
    })

    it('reads JPEG, PNG and WebP, each in its own size', async () => {
      const pets = await imageFolder(path('pets'))
      const items = await Promise.all(pets)
      const colours = items.map(({ image }) =>
        [0, 1, 2].map((c) => Math.round(image.data[c * image.width * image.height]!)),
      )
      expect(colours).to.deep.equal([
        [0, 1, 0],
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ])
      expect([items[1]!.image.width, items[1]!.image.height]).to.deep.equal([3, 9])
      expect([...items[3]!.image.data]).to.deep.equal([...red.data])
      const { label, className, name, path: file } = items[3]!
      expect([label, className, name]).to.deep.equal([1, 'dog', 'dog/b.PNG'])
      expect((await loadImage(file)).data).to.deep.equal(red.data)
    })

    it('gives batches, of chosen classes in their order', async () => {
      const pets = await imageFolder(path('pets'), { classes: ['dog', 'cat'] })
      const names: string[] = []
      for await (const batch of pets.batches(3))
        names.push(batch.map(({ className, label }) => `${className} ${label}`).join(', '))
      expect(names).to.deep.equal(['dog 0, dog 0, cat 1', 'cat 1'])
    })

    it('shows itself and its items in a notebook', async () => {
      const pets = await imageFolder(path('pets'))
      expect((await pets[display]())['text/plain']).to.equal(
        'data set of 4 items, 2 classes: 4 tiles of 6×9 pixels',
      )
      const item: object = await pets.get(0)
      expect(item).to.have.property(display)
    })

    it('says what is wrong with a folder', async () => {
      const message = async (folder: string, options = {}) =>
        (await rejection(imageFolder(path(folder), options))).message
      expect(await message('pet')).to.match(/there is no .*pet .*that folder has pets/)
      expect(await message('pets/readme.md')).to.match(/is a file, but a folder/)
      expect(await message('pets/dog')).to.match(/no class folders, but 2 images: .* with images/)
      expect(await message('pets', { classes: ['dgo'] })).to.match(/no class folder 'dgo'.*'dog'/)
      expect(await message('pets', { classes: ['dog', 'dog'] })).to.match(/twice/)
      expect(await message('pets', { classes: [] })).to.match(/at least one class/)
      expect(await message('pets', { broken: 'ignore' })).to.match(/'throw' or 'skip'/)
      await mkdir(path('empty', 'bird'), { recursive: true })
      expect(await message('empty')).to.match(/class folder .*bird has no images/)
      expect(await message('pets', { classes: ['..'] })).to.match(/no class folder '\.\.'/)
    })

    it('follows links, but not for ever', async function () {
      if (process.platform === 'win32') this.skip()
      await save('linked/fish/1.png', red)
      await symlink('..', path('linked', 'fish', 'again'))
      await symlink(path('nowhere'), path('linked', 'fish', 'lost.png'))
      await symlink(path('pets', 'dog'), path('linked', 'dog'))
      const linked = await imageFolder(path('linked'))
      expect(linked.classes).to.deep.equal(['dog', 'fish'])
      expect(linked.files.map(({ name }) => name)).to.deep.equal([
        'dog/a.jpeg',
        'dog/b.PNG',
        'fish/1.png',
        'fish/again/dog/a.jpeg',
        'fish/again/dog/b.PNG',
      ])
    })

    describe('with broken files', () => {
      before(async () => {
        await save('broken/ok/1.png', red)
        await write('broken/ok/2.png', red.png().subarray(0, 40))
        await write('broken/ok/3.jpg', '<!doctype html><title>404</title>')
        await save('broken/ok/4.png', green)
        await write('broken/ok/5.webp', '')
      })

      it('names the file when it is read', async () => {
        const data = await imageFolder(path('broken'))
        expect(data.length).to.equal(5)
        expect((await data.get(3)).name).to.equal('ok/4.png')
        for (const i of [1, 2, 4])
          expect((await rejection(data.get(i))).message).to.include(
            path('broken', 'ok', `${i + 1}.`),
          )
        const walk = async () => {
          for await (const batch of data.batches(2)) expect(batch).to.have.length(2)
        }
        expect((await rejection(walk())).message).to.match(/2\.png .*damaged or cut short/)
      })

      it('leaves them out with a warning when asked to', async () => {
        const warn = console.warn
        const warnings: unknown[] = []
        console.warn = (...words: unknown[]) => warnings.push(...words)
        const data = await imageFolder(path('broken'), { broken: 'skip' }).finally(() => {
          console.warn = warn
        })
        expect(data.files.map(({ name }) => name)).to.deep.equal(['ok/1.png', 'ok/4.png'])
        expect((await data.get(1)).image.data).to.deep.equal(green.data)
        expect(data.skipped.map(({ path }) => path)).to.deep.equal(
          ['2.png', '3.jpg', '5.webp'].map((name) => path('broken', 'ok', name)),
        )
        expect(warnings).to.have.length(1)
        expect(String(warnings[0])).to.match(
          /^3 of 5 images are left out:\n.*2\.png.*\n.*HTML page/,
        )
      })

      it('does not unfold a small file that claims a huge picture', async () => {
        await save('huge/x/1.png', red)
        await write('huge/x/2.png', hugePng(20_000))
        const jpeg = encoded(green, 'image/jpeg')
        const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0)) // its height and width lie five bytes further
        jpeg.writeUInt16BE(60_000, frame + 5)
        jpeg.writeUInt16BE(60_000, frame + 7)
        await write('huge/x/3.jpg', jpeg)
        const data = await imageFolder(path('huge'))
        const [start, memory] = [performance.now(), process.memoryUsage().rss]
        expect((await rejection(data.get(1))).message).to.match(/2\.png .* 20000×20000 pixels/)
        expect((await rejection(data.get(2))).message).to.match(/3\.jpg/)
        expect(performance.now() - start).to.be.below(1000)
        expect(process.memoryUsage().rss - memory).to.be.below(200e6)
      })

      it('survives mutated images with an error that names the file', async function () {
        this.timeout(20_000)
        const random = new Random(3)
        const good = [red.png(), encoded(blue, 'image/jpeg'), encoded(green, 'image/webp')]
        const extensions = ['png', 'jpg', 'webp']
        for (let i = 0; i < 300; i++)
          await write(`fuzz/x/${i}.${extensions[i % 3]}`, mutate(good[i % 3]!, random))
        const data = await imageFolder(path('fuzz'))
        let refused = 0
        for (let i = 0; i < data.length; i++) {
          const start = performance.now()
          try {
            const { image } = await data.get(i)
            expect(image.data.every((value) => value >= 0 && value <= 1)).to.equal(true)
          } catch (error) {
            expect(String(error)).to.include(data.files[i]!.path)
            refused++
          }
          expect(performance.now() - start).to.be.below(1000)
        }
        expect(refused).to.be.within(50, 295)
      })
    })
  })

  describe('images', () => {
    it('are those of a folder and below it, by name', async () => {
      const photos = await images(path('pets'))
      const names = [...photos.map(({ name }) => name)]
      expect(await Promise.all(names)).to.deep.equal([
        'cat/z.png',
        'cat/tabby/old/1.webp',
        'dog/a.jpeg',
        'dog/b.PNG',
      ])
      expect(photos.classes).to.deep.equal([])
      expect(photos.filter(({ name }) => name.endsWith('.webp')).length).to.equal(1)
    })

    it('are one file, or the files of a list', async () => {
      const one = await images(path('pets', 'dog', 'b.PNG'))
      expect(one.length).to.equal(1)
      expect((await one.get(0)).image.data).to.deep.equal(red.data)
      const url = `data:image/png;base64,${green.png().toString('base64')}`
      const two = await images([path('pets', 'dog', 'b.PNG'), url, blue])
      const items = await Promise.all(two)
      expect(items.map(({ name }) => name)).to.deep.equal(['b.PNG', 'image 1', 'image 2'])
      expect(items[1]!.image.data).to.deep.equal(green.data)
      expect(items[2]!.image).to.equal(blue)
      expect((await two[display]())['text/plain']).to.equal(
        'data set of 3 items: 3 tiles of 6×9 pixels',
      )
    })

    it('say what is missing', async () => {
      const message = async (source: string) => (await rejection(images(source))).message
      expect(await message(path('pest'))).to.match(/there is no .* that folder has pets/)
      expect(await message(path('empty'))).to.match(/has no images/)
      const lost = await images([path('pets', 'dog', 'c.PNG')])
      expect((await rejection(lost.get(0))).message).to.match(/there is no file .*b\.PNG/)
    })
  })
})
