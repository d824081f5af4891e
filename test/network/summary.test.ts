import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { display } from '../../src/image/display.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { fixture } from '../reference.js'

describe('summary', () => {
  it('counts what torchvision’s SqueezeNet 1.1 has, and what its paper’s layers see', async () => {
    const weights = fileURLToPath(fixture('squeezenet1_1/weights.safetensors'))
    const net = await zooNetwork('squeezenet1_1', { weights })
    const summary = net.summary()
    // torchvision states 1,235,496 parameters and 0.35 GFLOPS (multiply–adds).
    expect(summary.parameters).equal(1_235_496)
    expect(summary.multiplyAdds / 1e9).closeTo(0.349, 0.001)
    const layer = (name: string) => summary.layers.find((one) => one.name === name)!
    expect(layer('features.0').shape).deep.equal([64, 111, 111])
    expect(layer('features.0').multiplyAdds).equal(64 * 111 * 111 * 27)
    expect(layer('features.2').receptiveField).deep.equal([
      { size: 7, stride: 4, start: 0 },
      { size: 7, stride: 4, start: 0 },
    ])
    expect(layer('logits').receptiveField).equal(undefined)
  })

  it('shows itself as a table, in words and in markdown', async () => {
    const summary = (await zooNetwork('scenes')).summary()
    const bundle = summary[display]()
    expect(bundle['text/plain']).match(/conv5 +Conv +96×12×12 +83,040 +11,943,936 +69 +8/)
    expect(bundle['text/plain']).include('467,240 parameters')
    expect(String(bundle['text/markdown']).split('\n')[1]).equal(
      '| --- | --- | --- | --: | --: | --- | --- |',
    )
    expect(Object.keys(bundle)).not.include('text/html')
  })
})
