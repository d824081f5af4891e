import { expect } from 'chai'
import type { Network } from '../../src/network/network.js'
import type { Image } from '../../src/image/image.js'
import { viz } from '../../src/viz.js'
import { rejection } from '../rejection.js'

describe('a sheet of classes', () => {
  let net: Network
  let judge: Network
  before(async () => ([net, judge] = [await viz.model('scenes'), await viz.model('scenes-32k')]))
  after(() => Promise.all([net.release(), judge.release()]))

  it('says what a judge takes the images for', async () => {
    const classes = ['cat', 'pizza', 'bus']
    const counts = { bus: [...judge.classes.keys()], cat: ['pizza'] }
    const sheet = await viz(net).allClasses({ judge, classes, counts, preset: 'none', steps: 24 })
    expect(sheet.shape).deep.equal([3, 3, 96, 96])
    expect(sheet.classes.map((one) => one.class)).deep.equal(classes)
    for (const { image, judgement, own } of sheet.classes) {
      const [seen] = (await viz(judge).on(image).predict()).top(1)
      expect(judgement.index).equal(seen!.index)
      expect(judgement.probability).closeTo(seen!.probability, 1e-4)
      expect(own.index).equal((await viz(net).on(image).predict()).top(1)[0]!.index)
    }
    const [cat, pizza, bus] = sheet.classes
    expect(bus!.recognised).equal(true)
    expect(cat!.recognised).equal(cat!.judgement.class === 'pizza')
    expect(pizza!.recognised).equal(pizza!.judgement.class === 'pizza')
    const recognised = sheet.classes.filter((one) => one.recognised).length
    expect(sheet.rate).equal(recognised / 3)
    expect(sheet.ownRate).equal(1)
    expect(sheet.provenance.parameters).deep.include({ judge: 'scenes-32k', classes: [0, 54, 31] })
  })

  it('judges itself where no judge is given, and takes so many classes, evenly spaced', async () => {
    const sheet = await viz(net).allClasses({ classes: 2, steps: 2, preset: 'none' })
    expect(sheet.classes.map(({ index }) => index)).deep.equal([0, 36])
    expect(sheet.rate).equal(sheet.ownRate)
    expect(sheet.figure.parts.title).equal('2 classes of scenes')
  })

  it('shows images in scaled contrast where that is asked for; what is judged stays as it is', async () => {
    const told = { classes: ['cat'], steps: 2, preset: 'none', seed: 1 } as const
    const [plain, scaled] = await Promise.all([
      viz(net).allClasses(told),
      viz(net).allClasses({ ...told, contrast: 'scaled' }),
    ])
    expect(scaled.data).deep.equal(plain.data)
    const [one] = scaled.classes
    expect(one!.own).deep.equal(plain.classes[0]!.own)
    const reach = (image: Image) => image.data.reduce((a, v) => Math.max(a, Math.abs(v - 0.5)), 0)
    expect(reach(one!.image)).below(0.4)
    expect(reach(one!.shown)).above(0.49)
    expect(scaled.figure.parts.caption).contains('scaled contrast')
  })

  it('says what is wrong', async () => {
    const error = async (made: Promise<unknown>) => (await rejection(made)).message
    expect(await error(viz(net).allClasses({ classes: ['catt'] }))).contains("'cat'")
    expect(await error(viz(net).allClasses({ judge, counts: { cat: ['dogg'] } }))).contains("'dog'")
    expect(await error(viz(net).allClasses({ classes: [] }))).contains('at least one class')
    const contrast = 'full' as 'scaled'
    expect(await error(viz(net).allClasses({ contrast }))).contains("not 'full'")
  })
})
