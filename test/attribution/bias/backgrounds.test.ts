import { expect } from 'chai'
import {
  backgroundAlone,
  objectAlone,
  onBackground,
} from '../../../src/attribution/bias/backgrounds.js'
import { Image } from '../../../src/image/image.js'

/** Grey pixels from rows of digits, in tenths. */
const grey = (...rows: string[]): Image => {
  const values = Array.from(rows.join(''), (digit) => Number(digit) / 10)
  return new Image(
    rows[0]!.length,
    rows.length,
    Float32Array.from([...values, ...values, ...values]),
  )
}
const maskOf = (...rows: string[]): number[] =>
  Array.from(rows.join(''), (one) => Number(one === '#'))
const firstPlane = ({ data, width, height }: Image): string =>
  Array.from(data.subarray(0, width * height), (value) => Math.round(10 * value)).join('')

describe('backgrounds', () => {
  const image = grey('12345', '12995', '12945')
  const mask = maskOf('.....', '..##.', '..#..')

  it('are taken from objects', () => {
    const alone = objectAlone({ image, mask }, [0.5, 0.4, 0.3])
    expect(firstPlane(alone)).equal(['55555', '55995', '55955'].join(''))
    expect(alone.data[15]).closeTo(0.4, 1e-6)
    expect(alone.data[30]).closeTo(0.3, 1e-6)
  })

  it('are given to objects', () => {
    const ground = grey('00000', '11111', '22222')
    expect(firstPlane(onBackground({ image, mask }, ground))).equal('000001199122922')
    expect(() => onBackground({ image, mask }, grey('0'))).throw(RangeError, 'no background for')
    expect(() => onBackground({ image, mask: [1] }, ground)).throw(RangeError, 'does not fit 5×3')
  })

  it('alone go on by reflection where the object’s rectangle was', () => {
    // The largest rectangle beside columns 2 and 3 of rows 1 and 2 are columns 0 and 1.
    expect(firstPlane(backgroundAlone({ image, mask })!)).equal('123451221512215')
    expect(image.data[7]).closeTo(0.9, 1e-6) // the picture itself stays
  })

  it('are all of a picture without an object, and none where it reaches all edges', () => {
    expect(firstPlane(backgroundAlone({ image, mask: mask.map(() => 0) })!)).equal(
      firstPlane(image),
    )
    const corners = mask.map((_, i) => Number(i === 0 || i === 14))
    expect(backgroundAlone({ image, mask: corners })).undefined
  })
})
