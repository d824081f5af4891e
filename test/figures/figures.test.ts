import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  gradientPicture,
  heatMap,
  overlay,
  picture,
  predictionBars,
  row,
  tiles,
  type Figure,
} from '../../src/figures/index.js'
import { formatPercent } from '../../src/figures/bars.js'
import { theme } from '../../src/figures/theme.js'
import { blueWhiteRed, inferno, type Rgb } from '../../src/image/colormap.js'
import { display, displayMetadata } from '../../src/image/display.js'
import { Image } from '../../src/image/image.js'
import { loadImage } from '../../src/image/load.js'
import { fixture } from '../image/fixture.js'
import { render, type Rendered } from './pixels.js'

const photo = await loadImage(fixture('photo.png'))
const grey = new Image(64, 64, new Float32Array(3 * 64 * 64).fill(0.5))
const long =
  'A very long title about features.12.expand3x3_activation of a Donaudampfschifffahrtsgesellschaft'

/** Numbers 0, 1, 2 …, from `first`, as a plane. */
const counting = (width: number, height: number, first = 0) => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => first + i),
})

const bytes = (color: Rgb): number[] => color.map((value) => Math.round(value * 255))

const expectColor = (actual: number[], expected: number[], tolerance = 1) =>
  actual.forEach((value, c) => expect(value).to.be.closeTo(expected[c] ?? NaN, tolerance))

/** The colours along the colour bar of a figure without a title, `pictureHeight` down. */
const alongBar = (rendered: Rendered, pictureHeight: number): number[][] =>
  Array.from({ length: rendered.width * 2 - 2 }, (_, i) =>
    rendered.at((i + 1) / 2, pictureHeight + 8 + 6),
  )

const figures: Record<string, Figure> = {
  'a picture': picture(photo, { title: 'Cat', caption: 'a caption' }),
  'a picture with a long title': picture(photo, { title: long, caption: long }),
  'a tall, narrow picture': picture(new Image(10, 300), { title: 'tall' }),
  'a heat map': heatMap({ ...counting(13, 13), title: 'Map', label: 'logit' }),
  'a heat map with a long label': heatMap({ ...counting(4, 60, -99), title: long, label: long }),
  'a heat map of zeros': heatMap({
    data: new Float32Array(4),
    width: 2,
    height: 2,
    label: 'logit',
  }),
  'a diverging heat map': heatMap({ ...counting(9, 9, -40), colors: 'diverging', label: 'logit' }),
  'an overlay': overlay({ ...counting(5, 5), image: photo, title: 'Over', label: 'logit' }),
  'a gradient': gradientPicture({ ...counting(4, 12, -72), height: 4, title: 'Guided' }),
  bars: predictionBars({
    probabilities: [0.6, 0.3, 0.05, 0.03, 0.0199, 0.0001],
    classes: ['cat', long, 'dog', 'fox', 'owl', 'eel'],
    target: 5,
    title: 'Top 5',
  }),
  'a row': row([picture(photo, { title: long }), picture(grey)], { title: long }),
  'a row of many': row(Array.from({ length: 9 }, (_, i) => picture(grey, { title: `${i}` }))),
  tiles: tiles([photo, photo, photo], { title: 'Tiles', labels: ['a', long, 'c'] }),
}

describe('every figure', () => {
  for (const [name, figure] of Object.entries(figures))
    it(`lies on an opaque light card that nothing sticks out of: ${name}`, async () => {
      const rendered = await render(figure)
      expect(rendered.inkInPadding()).to.equal(undefined)
      expect([rendered.width, rendered.height]).to.deep.equal([figure.width, figure.height])
      expect(rendered.width).to.be.at.most(theme.maxWidth - 2 * theme.padding)
      const { data } = figure.toCanvas().getContext('2d').getImageData(40, 1, 1, 1)
      expect(data[3]).to.equal(255)
    })

  it('shows itself as a PNG at twice its size, and in words', async () => {
    const figure = heatMap({ ...counting(3, 2), title: 'Map', label: 'logit' })
    const bundle = figure[display]()
    expect(Object.keys(bundle)).to.deep.equal(['image/png', 'text/plain'])
    expect(bundle['text/plain']).to.equal('Map: heat map of 3×2 values, logit, from 0 to 5')
    const shown = await loadImage(bundle['image/png'] as Buffer)
    const size = { width: shown.width / 2, height: shown.height / 2 }
    expect(figure[displayMetadata]()).to.deep.equal({ 'image/png': size })
  })

  it('saves by extension', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fovea-'))
    const figure = picture(photo, { title: 'Cat' })
    await figure.save(join(folder, 'a.png'))
    await figure.save(join(folder, 'b.svg'))
    await figure.save(join(folder, 'c.jpg'))
    const failure = await figure.save(join(folder, 'd.pdf')).catch(String)
    expect(failure).to.include('unknown picture format .pdf')
    expect(await figure.save(join(folder, 'e')).catch(String)).to.include('no extension')
    expect((await readdir(folder)).sort()).to.deep.equal(['a.png', 'b.svg', 'c.jpg'])

    expect(readFileSync(join(folder, 'a.png'))).to.deep.equal(figure.png())
    expect(readFileSync(join(folder, 'b.svg'), 'utf8')).to.match(/<svg[^]*<image/)
    const jpeg = await loadImage(join(folder, 'c.jpg'))
    expect(jpeg.data[0]).to.be.above(0.9) // The corner outside the card is white, not black.
    await rm(folder, { recursive: true })
  })

  it('draws its title, label and caption', async () => {
    const bare = await render(picture(grey))
    const titled = await render(picture(grey, { title: 'Title', caption: 'caption' }))
    expect(titled.height).to.be.above(bare.height + 30)
    expect(titled.hasInk(0, 0, 40, 16)).to.equal(true)
    expect(titled.hasInk(0, titled.height - 14, 40, 12)).to.equal(true)
    const map = await render(heatMap({ ...counting(2, 2), label: 'logit' }))
    expect(map.hasInk(map.width / 2 - 20, map.height - 16, 40, 14)).to.equal(true)
  })
})

describe('picture', () => {
  it('enlarges small images to at least 220 pixels, every pixel a sharp square', async () => {
    const image = new Image(96, 96)
    image.data.fill(1)
    for (let c = 0; c < 3; c++) image.data[(c * 96 + 10) * 96 + 20] = 0
    const rendered = await render(picture(image))
    expect(rendered.width).to.equal(240) // 5 device pixels to the pixel
    const dark = (x: number, y: number) => rendered.at(x / 2, y / 2)[0] === 0
    expect(dark(100, 50) && dark(104, 54)).to.equal(true)
    expect(dark(99, 50) || dark(105, 50) || dark(100, 49) || dark(100, 55)).to.equal(false)
  })
})

describe('heatMap', () => {
  it('gives each value its colour, 0 the first, the largest the last', async () => {
    const rendered = await render(heatMap({ ...counting(2, 2), label: 'logit' }))
    const [near, far] = [rendered.width / 4, (3 * rendered.width) / 4]
    expectColor(rendered.at(near, near), bytes(inferno(0)))
    expectColor(rendered.at(far, near), bytes(inferno(1 / 3)))
    expectColor(rendered.at(near, far), bytes(inferno(2 / 3)))
    expectColor(rendered.at(far, far), bytes(inferno(1)))
  })

  it('has a colour bar that grows lighter from left to right', async () => {
    const rendered = await render(heatMap({ ...counting(2, 2), label: 'logit' }))
    const lightness = alongBar(rendered, rendered.width).map(
      ([r = 0, g = 0, b = 0]) => 0.2126 * r ** 2.2 + 0.7152 * g ** 2.2 + 0.0722 * b ** 2.2,
    )
    lightness
      .slice(1)
      .forEach((value, i) => expect(value).to.be.at.least((lightness[i] ?? 0) * 0.98))
    expect(lightness.at(-1)).to.be.above(100 * (lightness[0] ?? 0))
  })

  it('is symmetric about 0 when diverging', async () => {
    const data = Float32Array.of(-1, 0, 1, 4)
    const map = { data, width: 2, height: 2, label: 'logit', colors: 'diverging' as const }
    const rendered = await render(heatMap(map))
    const [near, far] = [rendered.width / 4, (3 * rendered.width) / 4]
    expectColor(rendered.at(near, near), bytes(blueWhiteRed(3 / 8)))
    expectColor(rendered.at(far, near), bytes(blueWhiteRed(1 / 2)))
    expectColor(rendered.at(near, far), bytes(blueWhiteRed(5 / 8)))
    expectColor(rendered.at(far, far), bytes(blueWhiteRed(1)))
    const bar = alongBar(rendered, rendered.width)
    expectColor(bar[Math.floor(bar.length / 2)] ?? [], bytes(blueWhiteRed(0.5)), 3)
    expect(heatMap(map).toString()).to.include('from −4 to 4')
  })

  it('ends its colours at a percentile when asked to, and says so', () => {
    const data = Float32Array.from({ length: 1001 }, (_, i) => (i === 7 ? 500 : i / 1000))
    const map = { data, width: 77, height: 13, label: 'logit' }
    expect(heatMap(map).caption).to.equal('')
    const clipped = heatMap({ ...map, percentile: 99.5, caption: 'mine' })
    expect(clipped.caption).to.equal(
      'mine\nColours end at the 99.5th percentile; the largest value is 500.',
    )
    expect(clipped.toString()).to.include('from 0 to 0.996') // numpy.percentile: 0.996
    const signed = heatMap({
      ...map,
      data: data.map((v) => -v),
      colors: 'diverging',
      percentile: 99.5,
    })
    expect(signed.caption).to.include('99.5th percentile; the largest |value| is 500')
    const both = heatMap({ ...map, data: data.map((v) => v - 0.5), percentile: 95 })
    expect(both.caption).to.equal(
      'Colours end at the 5th and 95th percentile; the values reach from −0.5 to 500.',
    )
  })

  it('shows maps of zeros and of one value, and a mostly empty one at a percentile', async () => {
    const of = (value: number, colors: 'sequential' | 'diverging' = 'sequential') =>
      heatMap({
        data: new Float32Array(9).fill(value),
        width: 3,
        height: 3,
        label: 'logit',
        colors,
      })
    expect(of(0).caption).to.equal('All values are 0.')
    expectColor((await render(of(0))).at(9, 9), bytes(inferno(0)))
    expectColor((await render(of(0, 'diverging'))).at(9, 9), bytes(blueWhiteRed(0.5)))
    expectColor((await render(of(3))).at(9, 9), bytes(inferno(1)))
    expectColor((await render(of(-3))).at(9, 9), bytes(inferno(0)))
    expectColor((await render(of(-3, 'diverging'))).at(9, 9), bytes(blueWhiteRed(0)))
    const sparse = new Float32Array(900)
    sparse[450] = 2
    const map = heatMap({ data: sparse, width: 30, height: 30, label: 'logit', percentile: 99.5 })
    expect(map.toString()).to.include('from 0 to 2')
  })

  it('spans the range it is given', () => {
    const map = { ...counting(2, 2), label: 'logit' }
    expect(heatMap({ ...map, range: [-1, 10] }).toString()).to.include('from −1 to 10')
    expect(heatMap({ ...map, range: [-1, 10] }).caption).to.equal('')
    expect(heatMap({ ...map, range: [0, 2] }).caption).to.equal(
      'Colours end at the range given; the largest value is 3.',
    )
    const above = { ...map, data: map.data.map((value) => value + 5) } // 5 … 8
    expect(heatMap({ ...above, range: [5, 8] }).caption).to.equal('')
    expect(heatMap({ ...above, range: [6, 8] }).caption).to.equal(
      'Colours end at the range given; the values reach from 5 to 8.',
    )
    expect(() => heatMap({ ...map, range: [2, 2] })).to.throw(RangeError, 'from 2 to 2')
    expect(() => heatMap({ ...map, range: [-1, 10], colors: 'diverging' })).to.throw(
      RangeError,
      '[-10, 10]',
    )
    expect(() => heatMap({ ...map, percentile: 0 })).to.throw(RangeError, 'percentile')
  })

  it('rejects what is no number, and says where', () => {
    const map = counting(3, 2)
    map.data[4] = NaN
    map.data[5] = Infinity
    expect(() => heatMap({ ...map, label: 'logit' })).to.throw(
      RangeError,
      '2 of 6 are not; the first is NaN at row 1, column 1',
    )
    expect(() => overlay({ ...map, image: grey, label: 'logit' })).to.throw(RangeError, 'NaN')
    expect(() => heatMap({ ...counting(3, 2), width: 4, label: 'logit' })).to.throw(
      RangeError,
      '8 values',
    )
  })
})

describe('overlay', () => {
  const hot = { data: new Float32Array(64), width: 8, height: 8, label: 'logit' }
  hot.data[2 * 8 + 5] = 1

  it('puts a hot cell where it belongs, and leaves the photo bare where the map is 0', async () => {
    for (const image of [grey, new Image(640, 320, new Float32Array(3 * 640 * 320).fill(0.5))]) {
      const rendered = await render(overlay({ ...hot, image }))
      const height = (rendered.width * image.height) / image.width
      const [x, y] = [(5.5 / 8) * rendered.width, (2.5 / 8) * height]
      const orange = rendered.at(x, y)
      expect(orange[0]).to.be.above(orange[2] + 60)
      for (const [dx, dy] of [
        [-1.1, 0],
        [1.1, 0],
        [0, -1.1],
        [0, 1.1],
      ] as const)
        expectColor(
          rendered.at(x + (dx / 8) * rendered.width, y + (dy / 8) * height),
          [128, 128, 128],
        )
    }
  })

  it('blends by a constant alpha too', async () => {
    const rendered = await render(overlay({ ...hot, image: grey, alpha: 0.5 }))
    const expected = bytes(inferno(0)).map((value) => 0.5 * value + 0.5 * 127.5)
    expectColor(rendered.at(9, 9), expected)
    expect(() => overlay({ ...hot, image: grey, alpha: 2 })).to.throw(RangeError, 'alpha')
  })
})

describe('gradientPicture', () => {
  const data = Float32Array.of(-2, 0, 2, 1, 0, 0, 0, 0, 2, -2, 2, -2)
  const gradient = { data, width: 2, height: 2, percentile: 100 }

  it('shows 0 grey and the largest absolute value at the end', async () => {
    const rendered = await render(gradientPicture(gradient))
    const [near, far] = [rendered.width / 4, (3 * rendered.width) / 4]
    expectColor(rendered.at(near, near), [0, 128, 255])
    expectColor(rendered.at(far, near), [128, 128, 0])
    expectColor(rendered.at(near, far), [255, 128, 255])
    expectColor(rendered.at(far, far), [191, 128, 0])
    expect(gradientPicture(gradient).caption).to.equal('Grey is 0, full colour ±2.')
  })

  it('shows the positive part alone', async () => {
    const rendered = await render(gradientPicture({ ...gradient, positive: true }))
    expectColor(rendered.at(rendered.width / 4, rendered.width / 4), [0, 0, 255])
    expectColor(rendered.at((3 * rendered.width) / 4, (3 * rendered.width) / 4), [128, 0, 0])
  })

  it('rejects a single plane', () => {
    expect(() => gradientPicture(counting(2, 2))).to.throw(RangeError, '12 values, but 4')
  })
})

describe('predictionBars', () => {
  const probabilities = [0.1, 0.6, 0.25, 0.03, 0.02, 0.00001]
  const classes = ['cat', 'dog', 'fox', 'owl', 'emu', 'eel']

  it('ranks the classes, and adds the target below', () => {
    const lines = predictionBars({ probabilities, classes, top: 2, target: 5 })
      .toString()
      .split('\n')
    expect(lines.map((line) => line.trim())).to.deep.equal([
      'most probable classes',
      '60.0 %  dog',
      '25.0 %  fox',
      '<0.1 %  eel',
    ])
  })

  it('draws bars as long as the probabilities, that of the target in another colour', async () => {
    const rendered = await render(predictionBars({ probabilities, classes, top: 3, target: 2 }))
    const lengthOf = (color: string, y: number) => {
      const wanted = [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16))
      let count = 0
      for (let x = 0; x < rendered.width; x += 0.5)
        if (rendered.at(x, y).every((value, c) => value === wanted[c])) count++
      return count / 2
    }
    // Rows are 26 pixels apart; y is near the top of a bar, above the names' small letters.
    expect(lengthOf(theme.bar, 6)).to.be.closeTo(0.6 * 170, 1)
    expect(lengthOf(theme.accent, 26 + 6)).to.be.closeTo(0.25 * 170, 8)
    expect(lengthOf(theme.bar, 52 + 6)).to.be.closeTo(0.1 * 170, 1)
  })

  it('never rounds a probability to certainty', () => {
    expect([0, 0.0004, 0.0005, 0.43, 0.9994, 0.9999, 1].map(formatPercent)).to.deep.equal([
      '0.0 %',
      '<0.1 %',
      '0.1 %',
      '43.0 %',
      '99.9 %',
      '>99.9 %',
      '100.0 %',
    ])
  })

  it('names what is wrong', () => {
    expect(() => predictionBars({ probabilities, classes: ['cat'] })).to.throw(
      RangeError,
      '6 probabilities for 1',
    )
    expect(() => predictionBars({ probabilities, classes, target: 6 })).to.throw(
      RangeError,
      'no class 6',
    )
    const logits = [0.5, -3, 2, 0, 0, 0]
    expect(() => predictionBars({ probabilities: logits, classes })).to.throw(
      RangeError,
      '(dog) is -3',
    )
  })
})

describe('row', () => {
  it('shows pictures at one height, side by side, their tops aligned', async () => {
    const black = (width: number, height: number) => new Image(width, height)
    const rendered = await render(
      row([picture(black(100, 100), { title: long }), picture(black(200, 100), { title: 'b' })]),
    )
    const isBlack = (x: number, y: number) => rendered.at(x, y).every((value) => value === 0)
    const topAt = (x: number) => {
      let y = rendered.height - 1
      while (y > 0 && isBlack(x, y - 0.5)) y -= 0.5
      return y
    }
    expect(
      isBlack(2, rendered.height - 2) && isBlack(rendered.width - 2, rendered.height - 2),
    ).to.equal(true)
    expect(topAt(2)).to.equal(topAt(rendered.width - 2))
    const height = rendered.height - topAt(2)
    expect(rendered.width).to.be.closeTo(3 * height + theme.gap, 2)
  })

  it('goes on in further lines beyond the width of a notebook', () => {
    const one = picture(grey, { title: 'one' })
    const [four, nine] = [row(Array<Figure>(4).fill(one)), row(Array<Figure>(9).fill(one))]
    expect(four.height).to.be.below(one.height + 20)
    expect(nine.height).to.be.above(2 * 168)
    for (const { width } of [four, nine])
      expect(width).to.be.at.most(theme.maxWidth - 2 * theme.padding)
    const wide = row([picture(new Image(1200, 50)), one])
    expect(wide.width).to.be.at.most(theme.maxWidth - 2 * theme.padding)
  })

  it('shows four pictures of 224 pixels side by side, two device pixels to the pixel', () => {
    const one = picture(new Image(224, 224))
    expect(row([one, one, one, one]).height).to.equal(224)
  })

  it('lays a row in a row out anew, and keeps it together', () => {
    const one = picture(grey, { title: 'one' })
    const [a, b, c] = [1, 2, 3].map((lines) =>
      picture(grey, { title: long, caption: Array(lines).fill('x').join('\n') }),
    ) as [Figure, Figure, Figure]
    const nested = row([row([a, row([b])]), c])
    const flat = row([a, b, c])
    expect([nested.width, nested.height]).deep.equal([flat.width, flat.height])
    expect(nested.png().equals(flat.png())).equal(true)
    expect(row([row([a, b], { title: 'two' }), c]).height).above(flat.height)

    const pair = row([one, one])
    expect(row(Array<Figure>(10).fill(one)).height).below(3 * 168) // 5 + 5
    const pairs = row(Array<Figure>(5).fill(pair))
    expect(pairs.height).above(3 * 168) // 4 + 4 + 2
    expect(pairs.width).at.most(theme.maxWidth - 2 * theme.padding)
  })

  it('needs a figure', () => {
    expect(() => row([])).to.throw(RangeError, 'at least one')
  })
})

describe('tiles', () => {
  it('sets images in a grid with gutters between', async () => {
    const colors = [0, 0.2, 0.4, 0.6].map((v) => new Image(4, 4, new Float32Array(48).fill(v)))
    const rendered = await render(tiles(colors, { columns: 2, gutter: 2 }))
    const [a, b] = [5, rendered.width - 5]
    expect([
      rendered.at(a, a),
      rendered.at(b, a),
      rendered.at(a, b),
      rendered.at(b, b),
    ]).to.deep.equal([0, 51, 102, 153].map((v) => [v, v, v]))
    expect(rendered.at(rendered.width / 2, a)).to.deep.equal([255, 255, 255])
  })

  it('names what is wrong', () => {
    expect(() => tiles([])).to.throw(RangeError, 'at least one')
    expect(() => tiles([grey, photo])).to.throw(RangeError, '64×64 pixels and image of 97×64')
    expect(() => tiles([grey], { labels: [] })).to.throw(RangeError, '0 labels for 1')
    expect(() => tiles([grey], { columns: 0 })).to.throw(RangeError, 'columns')
  })
})
