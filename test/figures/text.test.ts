import { expect } from 'chai'
import { ellipsize, textStyles, textWidth, wrap } from '../../src/figures/text.js'

const { title, small } = textStyles
const layer = 'Grad-CAM at features.12.expand3x3_activation of a Donaudampfschifffahrtsgesellschaft'

describe('text in figures', () => {
  it('is broken to fit, and nothing is lost', () => {
    for (const width of [40, 120, 224, 700]) {
      const lines = wrap(layer, width, title)
      for (const line of lines) expect(textWidth(line, title)).to.be.at.most(width)
      expect(lines.join('').replaceAll(' ', '')).to.equal(layer.replaceAll(' ', ''))
    }
    expect(wrap(layer, 230, title)).to.include('Grad-CAM at features.12.')
    expect(wrap('one\ntwo', 200, small)).to.deep.equal(['one', 'two'])
    expect(wrap('', 200, small)).to.deep.equal([])
  })

  it('keeps a number and its % in one line', () => {
    const words = 'The probability is 42.2'
    const room = textWidth(words, small) + 1
    expect(wrap(`${words} %.`, room, small)).to.deep.equal(['The probability is', '42.2 %.'])
  })

  it('is shortened by an ellipsis to fit', () => {
    expect(ellipsize('tench', 100, small)).to.equal('tench')
    const short = ellipsize(layer, 100, small)
    expect(short).to.match(/^Grad-CAM.*…$/)
    expect(textWidth(short, small)).to.be.at.most(100)
  })

  it('is measured in the font that comes with it', () => {
    expect(textWidth('Σ ∂S/∂x', title)).to.be.above(textWidth('Σ ∂S', title))
    expect(textWidth('mmmm', title)).to.be.above(1.5 * textWidth('iiii', title))
  })

  it('is nowhere smaller than 12 pixels', () => {
    for (const { size } of Object.values(textStyles)) expect(size).to.be.at.least(12)
  })
})
