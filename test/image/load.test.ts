import { createCanvas } from 'canvas'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { Image } from '../../src/image/image.js'
import { loadImage, type ImageSource } from '../../src/image/load.js'
import { fixture } from './fixture.js'

const messageOf = async (source: ImageSource): Promise<string> =>
  loadImage(source).then(
    () => expect.fail('it loaded'),
    (error: Error) => error.message,
  )

describe('loadImage', () => {
  const stored = JSON.parse(readFileSync(fixture('stored.json'), 'utf8')) as Record<
    string,
    number[]
  >
  for (const [name, bytes] of Object.entries(stored))
    it(`gives the stored bytes of a PNG exactly: ${name}`, async () => {
      const image = await loadImage(fixture(`${name}.png`))
      expect([image.width, image.height]).to.deep.equal([7, 6])
      expect([...image.data]).to.deep.equal(bytes.map((byte) => Math.fround(byte / 255)))
    })

  it('reads lossless WebP', async () => {
    const image = await loadImage(fixture('lossless.webp'))
    const blocks = JSON.parse(readFileSync(fixture('blocks.json'), 'utf8')) as number[]
    expect([...image.data]).to.deep.equal(blocks.map((byte) => Math.fround(byte / 255)))
  })

  describe('turns a JPEG upright by its EXIF orientation', () => {
    // Where the pixel at (x, y) of the shown picture is stored, for a stored picture of w×h.
    type Place = (x: number, y: number, w: number, h: number) => [number, number]
    const orientations: Place[] = [
      (x, y) => [x, y],
      (x, y, w) => [w - 1 - x, y],
      (x, y, w, h) => [w - 1 - x, h - 1 - y],
      (x, y, _, h) => [x, h - 1 - y],
      (x, y) => [y, x],
      (x, y, _, h) => [y, h - 1 - x],
      (x, y, w, h) => [w - 1 - y, h - 1 - x],
      (x, y, w) => [w - 1 - y, x],
    ]
    orientations.forEach((place, i) =>
      it(`orientation ${i + 1}`, async () => {
        const file = readFileSync(fixture('upright.jpg'))
        const upright = await loadImage(file)
        const tag = file.indexOf(Buffer.from([0x01, 0x12, 0, 3, 0, 0, 0, 1]))
        file.writeUInt16BE(i + 1, tag + 8)
        const turned = await loadImage(file)
        const { width, height } = upright
        expect([turned.width, turned.height]).to.deep.equal(
          i < 4 ? [width, height] : [height, width],
        )
        for (let y = 0; y < turned.height; y++)
          for (let x = 0; x < turned.width; x++) {
            const [u, v] = place(x, y, width, height)
            expect(turned.data[y * turned.width + x]).to.equal(upright.data[v * width + u])
          }
      }),
    )
  })

  it('reads paths, file: and data: URLs, bytes, canvases and images alike', async () => {
    const path = fixture('rgb.png')
    const file = readFileSync(path)
    const image = await loadImage(path)
    const sources: ImageSource[] = [
      pathToFileURL(path),
      pathToFileURL(path).href,
      `data:image/png;base64,${file.toString('base64')}`,
      new Uint8Array(file),
      new Uint8Array(file).buffer,
      image.toCanvas(),
      image,
    ]
    for (const source of sources) expect((await loadImage(source)).data).to.deep.equal(image.data)
  })

  it('lays transparent parts over white', async () => {
    const canvas = createCanvas(2, 1)
    const context = canvas.getContext('2d')
    context.fillStyle = '#ff0000'
    context.fillRect(0, 0, 1, 1)
    expect([...(await loadImage(canvas)).data]).to.deep.equal([1, 1, 0, 1, 0, 1])
  })

  describe('over HTTP', () => {
    let server: Server
    let address: string
    before((done) => {
      server = createServer((request, response) => {
        if (request.url === '/cat.png') response.end(readFileSync(fixture('rgb.png')))
        else if (request.url === '/page') response.end('<!DOCTYPE html><html>no cat</html>')
        else response.writeHead(404, 'Not Found').end()
      }).listen(0, '127.0.0.1', () => {
        address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        done()
      })
    })
    after(() => server.close())

    it('downloads', async () => {
      const image = await loadImage(`${address}/cat.png`)
      expect(image.data).to.deep.equal((await loadImage(fixture('rgb.png'))).data)
    })
    it('says what the server answered', async () => {
      expect(await messageOf(`${address}/dog.png`)).to.include('/dog.png: the server answers 404')
    })
    it('says that a page is no image', async () => {
      expect(await messageOf(new URL(`${address}/page`))).to.include('it looks like an HTML page')
    })
    it('says why there is no connection', async () => {
      expect(await messageOf('http://127.0.0.1:1/cat.png')).to.match(
        /cannot download .*ECONNREFUSED|bad port/,
      )
    })
  })

  it('names similar files where there is none of that name', async () => {
    expect(await messageOf(fixture('rbg.png'))).to.match(
      /there is no file .*rbg\.png.*has rgb\.png/,
    )
    expect(await messageOf('no/such/folder/cat.png')).to.match(/there is no file no\/such.*\(from /)
  })

  it('says what the bytes look like that are no image', async () => {
    expect(await messageOf(fixture('resize.json'))).to.match(/resize\.json.*looks like JSON/)
    expect(await messageOf(Buffer.from([1, 2, 3]))).to.include('its 3 bytes begin 01 02 03')
    expect(await messageOf(new Uint8Array(0))).to.include('it is empty')
    const cut = readFileSync(fixture('photo.png')).subarray(0, 20)
    expect(await messageOf(cut)).to.include('a PNG image, but damaged')
  })

  it('rejects what is no source at all', async () => {
    expect(await messageOf(7 as unknown as string)).to.include('not from a number, 7')
    expect(await messageOf({} as unknown as Image)).to.include('the form {}')
  })
})
