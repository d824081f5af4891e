import { expect } from 'chai'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { centerCrop, crop } from '../../src/image/crop.js'
import { display, displayMetadata } from '../../src/image/display.js'
import { Image } from '../../src/image/image.js'
import { loadImage } from '../../src/image/load.js'
import { fixture } from './fixture.js'

/** An image whose red plane says where each pixel was. */
const numbered = (width: number, height: number): Image => {
  const image = new Image(width, height)
  image.data.forEach((_, i) => (image.data[i] = i))
  return image
}
const corner = (image: Image): number | undefined => image.data[0]

describe('Image', () => {
  let folder: string
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'fovea-'))))
  after(() => rm(folder, { recursive: true }))

  it('survives PNG unchanged', async () => {
    const image = await loadImage(fixture('photo.png'))
    expect((await loadImage(image.png())).data).to.deep.equal(image.data)
  })

  it('rounds to bytes and clips', () => {
    const image = new Image(1, 1, Float32Array.of(-0.5, 0.5, 1.5))
    expect([...image.toRgba()]).to.deep.equal([0, 128, 255, 255])
  })

  it('saves by extension and leaves nothing else behind', async () => {
    const image = await loadImage(fixture('photo.png'))
    for (const name of ['a.png', 'b.jpg', 'c.webp']) {
      await image.save(join(folder, name))
      const loaded = await loadImage(join(folder, name))
      expect([loaded.width, loaded.height]).to.deep.equal([97, 64])
    }
    const failure = await image.save(join(folder, 'd.bmp')).catch(String)
    expect(failure).to.include('unknown picture format .bmp').and.include('.png')
    expect(await image.save(join(folder, 'no/e.png')).catch(String)).to.include(
      'there is no folder',
    )
    expect((await readdir(folder)).sort()).to.deep.equal(['a.png', 'b.jpg', 'c.webp'])
  })

  it('shows itself large enough to see and no wider than a page', async () => {
    const sizes: [number, number, number, number][] = [
      [96, 96, 192, 192],
      [224, 224, 224, 224],
      [4000, 100, 860, 22],
    ]
    for (const [width, height, shownWidth, shownHeight] of sizes) {
      const image = new Image(width, height)
      const bundle = image[display]()
      expect(bundle['text/plain']).to.equal(`image of ${width}×${height} pixels`)
      const shown = await loadImage(bundle['image/png'] as Buffer)
      expect([shown.width, shown.height]).to.deep.equal([shownWidth, shownHeight])
      expect(image[displayMetadata]()).to.deep.equal({
        'image/png': { width: shownWidth, height: shownHeight },
      })
    }
  })

  it('rejects data of another size', () => {
    expect(() => new Image(2, 2, new Float32Array(4))).to.throw(
      RangeError,
      'holds 12 values, but 4',
    )
    expect(() => new Image(0, 2)).to.throw(RangeError, '0×2')
  })
})

describe('crop', () => {
  it('takes the rectangle from every plane', () => {
    const cropped = crop(numbered(4, 3), 1, 2, 2, 1)
    expect([...cropped.data]).to.deep.equal([9, 10, 21, 22, 33, 34])
  })

  it('rejects a rectangle that is not within the image', () => {
    expect(() => crop(numbered(4, 3), 3, 0, 2, 1)).to.throw(RangeError, '2×1 at (3, 0)')
    expect(() => crop(numbered(4, 3), 0.5, 0, 2, 1)).to.throw(RangeError)
  })

  it('finds the middle as torchvision does, halves rounded to even', () => {
    expect(corner(centerCrop(numbered(5, 1), 4, 1))).to.equal(0) // round(0.5) = 0
    expect(corner(centerCrop(numbered(7, 1), 4, 1))).to.equal(2) // round(1.5) = 2
    expect(corner(centerCrop(numbered(9, 1), 4, 1))).to.equal(2) // round(2.5) = 2
    expect(corner(centerCrop(numbered(8, 1), 4, 1))).to.equal(2)
  })
})
