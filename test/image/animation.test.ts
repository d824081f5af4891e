import { expect } from 'chai'
import { createCanvas, loadImage } from 'canvas'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Animation } from '../../src/image/animation.js'
import { display, displayMetadata } from '../../src/image/display.js'
import { Image } from '../../src/image/image.js'
import { rejection } from '../rejection.js'

const plain = (value: number, side = 8) =>
  new Image(side, side, new Float32Array(3 * side * side).fill(value))

/** The blocks of a GIF that hold images, and how long each stands, in hundredths of a second. */
function frames(gif: Buffer): number[] {
  const delays: number[] = []
  for (let at = 0; at + 8 < gif.length; at++)
    if (gif[at] === 0x21 && gif[at + 1] === 0xf9 && gif[at + 2] === 4 && gif[at + 7] === 0)
      delays.push(gif.readUInt16LE(at + 4))
  return delays
}

describe('animations', () => {
  it('are GIFs of all their images, each as long as it is to stand', async () => {
    const both = new Animation([plain(0.2), plain(0.8), plain(1)], { delay: 250 })
    const gif = both.gif()
    expect(gif.subarray(0, 6).toString()).equal('GIF89a')
    expect([gif.readUInt16LE(6), gif.readUInt16LE(8)]).deep.equal([8, 8])
    expect(frames(gif)).deep.equal([25, 25, 25])
    const first = await loadImage(gif)
    const canvas = createCanvas(8, 8)
    canvas.getContext('2d').drawImage(first, 0, 0)
    expect(canvas.getContext('2d').getImageData(4, 4, 1, 1).data[0]).closeTo(51, 2)
    expect(both[display]()).deep.equal({ 'image/gif': gif, 'text/plain': both.toString() })
    expect(both[displayMetadata]()).deep.equal({ 'image/gif': { width: 320, height: 320 } })
  })

  it('save themselves as .gif alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'animation-'))
    const one = new Animation([plain(0.5)])
    await one.save(join(folder, 'one.gif'))
    expect(await readFile(join(folder, 'one.gif'))).deep.equal(one.gif())
    const refused = await rejection(one.save(join(folder, 'one.png')))
    expect(refused.message).contains('saved as .gif')
    await rm(folder, { recursive: true })
  })

  it('say what is wrong', () => {
    expect(() => new Animation([])).throw(RangeError, 'an image at least')
    expect(() => new Animation([plain(0), plain(0, 9)])).throw(RangeError, '9×9')
    expect(() => new Animation([plain(0)], { delay: 0 })).throw(RangeError, 'milliseconds')
  })
})
