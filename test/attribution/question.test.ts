import { expect } from 'chai'
import { deconvnet } from '../../src/attribution/deconvnet.js'
import { gradcam } from '../../src/attribution/gradcam.js'
import { guided } from '../../src/attribution/guided.js'
import { predict } from '../../src/attribution/predict.js'
import type { Explained, Input } from '../../src/attribution/question.js'
import { saliency } from '../../src/attribution/saliency.js'
import { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { classScore } from '../../src/objectives/scores.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

onEveryEngine('what attribution methods are asked', (engine) => {
  let net: Network
  const pixels = randomTensor([2, 3, 5, 5])
  before(async () => {
    net = await toyNetwork(
      [3, 5, 5],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine, classes: ['wolf', 'dog', 'tiger cat, Felis tigris'] },
    )
  })
  after(() => net.release())

  for (const [name, method] of Object.entries({ saliency, guided, deconvnet, gradcam })) {
    const error = async (explained: Explained, input: Input = pixels) => {
      const found = await rejection(method(net, input, explained))
      expect(found).instanceOf(RangeError)
      return found.message
    }

    describe(name, () => {
      it('takes a class by index, by any of its names, and one for each image', async () => {
        const [index, name, each] = await Promise.all(
          [2, 'felis tigris', [2, 'tiger cat']].map((target) => method(net, pixels, { target })),
        )
        expect([...name!.data]).deep.equal([...index!.data])
        expect([...each!.data]).deep.equal([...index!.data])
        expect(name!.provenance.parameters.target).equal(2)
        expect(each!.provenance.parameters.target).deep.equal([2, 2])
        expect(each!.figure.toString()).contains('tiger cat')
      })

      it('takes the score of a class as an objective', async () => {
        const target = await method(net, pixels, { target: 'dog' })
        const objective = await method(net, pixels, { of: classScore('dog') })
        expect([...objective.data]).deep.equal([...target.data])
        expect(objective.provenance.parameters.of).equal('classScore("dog")')
        expect(objective.figure.toString()).equal(target.figure.toString())
      })

      it('refuses an unknown class and names the nearest', async () => {
        expect(await error({ target: 'wolv' })).match(/^no class 'wolv'; the nearest are 'wolf'/)
        expect(await error({ target: 3 })).equal("network 'toy' has classes 0 … 2, and no class 3")
      })

      it('refuses an unknown layer and names the nearest', async () => {
        const message = await error({ of: neuron('con', [0, 0, 0]) })
        expect(message).match(/^no layer 'con'; the nearest are 'conv'/)
      })

      it('refuses a list of classes that is not as long as the batch', async () => {
        expect(await error({ target: [0, 1, 2] })).equal('3 target classes for 2 images')
      })

      it('refuses pixels that are not finite', async () => {
        const data = pixels.data.slice()
        data[76] = NaN
        expect(await error({ target: 0 }, { ...pixels, data })).equal(
          "pixels are finite numbers, but number 76 of the input's 150 is NaN",
        )
        const image = new Image(5, 5)
        image.data[3] = Infinity
        expect(await error({ target: 0 }, image))
          .contains('number 3')
          .contains('is Infinity')
      })

      it('refuses pixels of another shape', async () => {
        const message = await error({ target: 0 }, randomTensor([1, 4, 5, 5]))
        expect(message).contains('[1, 4, 5, 5]').contains("network 'toy' takes")
      })

      it('refuses to be asked nothing, or two things', async () => {
        const ask = (explained: object) =>
          rejection(method(net, pixels, explained as unknown as Explained))
        const message = 'say what to explain: either a class as `target` or an objective as `of`'
        expect(await ask({}))
          .instanceOf(TypeError)
          .property('message')
          .equal(message)
        expect(await ask({ target: 1, of: classScore(1) }))
          .instanceOf(TypeError)
          .property('message')
          .equal(message)
      })
    })
  }

  it('predict refuses pixels that are not finite', async () => {
    const data = new Float32Array(75).fill(0.5)
    data[0] = NaN
    const found = await rejection(predict(net, { data, shape: [1, 3, 5, 5] }))
    expect(found).instanceOf(RangeError).property('message').contains('is NaN')
  })
})
