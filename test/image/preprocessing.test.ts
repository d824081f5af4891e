import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { Image } from '../../src/image/image.js'
import { loadImage } from '../../src/image/load.js'
import { preprocess, unnormalise, view, type Preprocessing } from '../../src/image/preprocessing.js'
import { fixture } from './fixture.js'

const imagenet = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} satisfies Partial<Preprocessing>

describe('preprocess', () => {
  it('agrees with torchvision: Resize(40), CenterCrop(33, 34), Normalize', async () => {
    const photo = await loadImage(fixture('photo.png'))
    const input = preprocess(photo, { ...imagenet, size: [33, 34], resize: 40 })
    expect(input.shape).to.deep.equal([1, 3, 33, 34])
    const file = readFileSync(fixture('preprocessed.f32'))
    expect(input.data.length).to.equal(file.length / 4)
    const differences = Array.from(input.data, (value, i) =>
      Math.abs(value - file.readFloatLE(4 * i)),
    )
    expect(Math.max(...differences)).to.be.below(1e-5)
  })

  it("of a grey picture is Pillow's convert('L'), before that rounds to bytes", async () => {
    const image = await loadImage(fixture('rgb.png'))
    const options = { size: [6, 7], mean: [0], std: [1 / 255] } satisfies Preprocessing
    const { data, shape } = preprocess(image, options)
    expect(shape).to.deep.equal([1, 1, 6, 7])
    const pillow = [170, 106, 141, 149, 167, 69, 158, 85, 142, 103, 170, 116]
    pillow.forEach((value, i) => expect(data[i]).to.be.closeTo(value, 0.5))
    const grey = unnormalise({ data, shape }, options)
    expect([grey.data[0], grey.data[42], grey.data[84]]).to.deep.equal(Array(3).fill(grey.data[0]))
    expect(grey.data[0]).to.be.closeTo(data[0]! / 255, 1e-6)
  })

  it('takes an image of exactly the right size as it is', async () => {
    const photo = await loadImage(fixture('photo.png'))
    expect(view(photo, { ...imagenet, size: [64, 97], resize: 256 })).to.equal(photo)
  })

  it('covers the input where no other size is given', () => {
    for (const [width, height] of [
      [97, 64],
      [64, 97],
      [30, 20],
      [20, 30],
      [1, 50],
    ] as const)
      for (const size of [
        [32, 32],
        [20, 48],
      ] as const) {
        const seen = view(new Image(width, height), { ...imagenet, size: [...size] })
        expect([seen.height, seen.width]).to.deep.equal([...size])
      }
  })

  it('says so when the picture is made smaller than its crop', () => {
    const wrong: Preprocessing = { ...imagenet, size: [33, 34], resize: 20 }
    expect(() => view(new Image(97, 64), wrong)).to.throw(RangeError, 'does not lie within')
  })

  it('is undone by unnormalise', async () => {
    const photo = await loadImage(fixture('photo.png'))
    const preprocessing: Preprocessing = { ...imagenet, size: [64, 97] }
    const input = preprocess(photo, preprocessing)
    expect([...unnormalise(input, preprocessing).toRgba()]).to.deep.equal([...photo.toRgba()])
    const single = { data: input.data, shape: [3, 64, 97] }
    expect(unnormalise(single, preprocessing).data).to.deep.equal(
      unnormalise(input, preprocessing).data,
    )
    expect(() => unnormalise({ data: input.data, shape: [2, 3, 32, 97] }, preprocessing)).to.throw(
      RangeError,
      '[2, 3, 32, 97]',
    )
  })
})
