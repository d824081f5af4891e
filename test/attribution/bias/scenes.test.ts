import { expect } from 'chai'
import { plantedBias, scenes, splits } from '../../../datasets/scenes/index.js'
import { zooNames } from '../../../src/network/zoo/index.js'
import { viz } from '../../../src/viz.js'

describe('the planted bias', () => {
  it('is found: scenes-biased tells wolves from foxes by what they stand on', async function () {
    if (!zooNames.includes('scenes-biased')) this.skip()
    this.timeout(60_000)
    const [biased, other] = [await viz.model('scenes-biased'), await viz.model('scenes')]
    const pair = { ...splits.test, classes: plantedBias.pair, length: 16 }
    const found = await viz(biased).bias(
      {
        usual: scenes({ ...pair, ...plantedBias.options }),
        swapped: scenes({ ...pair, ...plantedBias.swapped }),
      },
      { compare: { other }, classes: plantedBias.pair, maps: ['gradcam'] },
    )
    const [usual, swapped] = ['usual', 'swapped'].map((data) => found.of('scenes-biased', data))
    expect(usual!.accuracy.share).above(0.9)
    expect(swapped!.accuracy.share).below(0.2)
    expect(usual!.backgrounds!.backgroundAlone.share).above(0.8)
    const decided = ({ backgrounds }: NonNullable<typeof usual>): number =>
      backgrounds!.sameClass.share - backgrounds!.otherClass.share
    expect(decided(usual!)).above(0.7)
    expect(Math.abs(decided(found.of('other', 'usual')))).below(0.4)
    expect(usual!.onObject.gradcam).below(found.of('other', 'usual').onObject.gradcam! - 0.15)
    expect(swapped!.wrong.length).above(12)
    expect(found.wrong.toString()).contains('wolf taken for fox').contains('fox taken for wolf')
    await Promise.all([biased.release(), other.release()])
  })
})
