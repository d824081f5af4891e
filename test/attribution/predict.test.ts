import { expect } from 'chai'
import { predict } from '../../src/attribution/predict.js'
import { Image } from '../../src/image/image.js'
import { float32 } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { onEveryEngine } from '../engines.js'
import { reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { toyNetwork } from '../toys.js'

onEveryEngine('predictions are the softmax of PyTorch’s scores', (engine) => {
  for (const name of referenceNetworks)
    it(`of the network '${name}'`, async () => {
      const torch = await reference(name, engine)
      const logits = torch.tensor('logits')
      const prediction = await predict(torch.net, torch.tensor('input'))
      expect(relativeError(prediction.scores, logits)).below(1e-4)
      const powers = Array.from(logits.data, Math.exp)
      const sum = powers.reduce((a, b) => a + b)
      const expected = { ...prediction, data: Float32Array.from(powers, (power) => power / sum) }
      expect(relativeError(prediction, expected)).below(1e-4)
      await torch.net.release()
    })
})

onEveryEngine('predict', (engine) => {
  let net: Network
  before(async () => {
    // The scores are the four pixels of the red channel.
    const weights = (_: string, shape: number[]) =>
      float32(
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) =>
          shape.length === 2 && Math.floor(i / 12) === i % 12 ? 1 : 0,
        ),
        shape,
      )
    net = await toyNetwork(
      [3, 2, 2],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 4),
      { engine, weights, classes: ['hen', 'dog', 'tiger cat, Felis tigris', 'cow'] },
    )
  })
  after(() => net.release())

  const images = (...scores: number[][]) => ({
    data: Float32Array.from(scores.flatMap((row) => [...row, 0, 0, 0, 0, 0, 0, 0, 0])),
    shape: [scores.length, 3, 2, 2],
  })

  it('ranks the classes of each image, equal ones in their order', async () => {
    const prediction = await predict(net, images([1, 3, 2, 3], [0, 0, 5, 1]))
    expect(prediction.shape).deep.equal([2, 4])
    expect(prediction.top(3).map(({ name }) => name)).deep.equal(['dog', 'cow', 'tiger cat'])
    expect(prediction.top(1, 1)[0]).deep.include({ index: 2, name: 'tiger cat', score: 5 })
    expect(prediction.top(99)).length(4)
    const total = prediction.top().reduce((sum, { probability }) => sum + probability, 0)
    expect(total).closeTo(1, 1e-6)
  })

  it('stays finite where scores are large', async () => {
    const [best, next] = (await predict(net, images([1000, 999, -1000, 0]))).top(2)
    expect(best!.probability).closeTo(1 / (1 + Math.exp(-1)), 1e-6)
    expect(next!.probability).closeTo(1 / (1 + Math.E), 1e-6)
  })

  it('shows the target whatever its rank', async () => {
    const pixels = images([4, 3, 2, 1])
    const without = await predict(net, pixels, { top: 2 })
    expect(without.figure.toString()).contains('hen').not.contains('cow')
    const prediction = await predict(net, pixels, { top: 2, target: 'cow' })
    expect(prediction.figure.toString()).contains('hen').contains('cow')
    expect(prediction.provenance.parameters).deep.equal({ top: 2, target: 3 })
  })

  it('says of an image that the network was told no preprocessing', async () => {
    const photo = new Image(2, 2)
    const untold = await predict(net, photo)
    expect(untold.figure.caption).contains('it was told no preprocessing')
    const pixels = await predict(net, images([4, 3, 2, 1]))
    expect(pixels.figure.caption).equal('')
    const { graph, preprocessing } = net
    const told = await Network.from(graph, { preprocessing, engine })
    expect((await predict(told, photo)).figure.caption).equal('')
    await told.release()
  })

  it('refuses to rank less than one class, or an image that is not there', async () => {
    const error = await rejection(predict(net, images([0, 0, 0, 0]), { top: 0 }))
    expect(error).instanceOf(RangeError)
    expect(error.message).equal('the most probable classes are 1 or more, not 0')
    const prediction = await predict(net, images([0, 0, 0, 0]))
    expect(() => prediction.top(1, 1)).throw(RangeError, 'no image 1 in a batch of 1')
  })

  it('refuses an unknown target', async () => {
    const error = await rejection(predict(net, images([0, 0, 0, 0]), { target: 'cw' }))
    expect(error).instanceOf(RangeError)
    expect(error.message).match(/^no class 'cw'; the nearest are 'cow'/)
  })
})
