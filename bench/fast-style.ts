/** Painting in one pass beside painting by optimisation. */
import { painting } from '../datasets/paintings/index.js'
import { Image } from '../src/image/image.js'
import { Random } from '../src/image/random.js'
import { Network } from '../src/network/network.js'
import { transformerNetwork } from '../src/network/zoo/fast-style.js'
import { zooNetwork } from '../src/network/zoo/index.js'
import { fastStyle } from '../src/texture/fast/fast-style.js'
import { StyleModel } from '../src/texture/fast/style-model.js'
import { styleTransfer } from '../src/texture/style-transfer.js'
import { ms, network, randomWeights, table, time } from './measure.js'

const SIDE = 512
const PASSES = 20
/** Steps of the optimisation: as many as are timed, and as a picture takes. */
const [TIMED, STEPS] = [4, 200]

export async function fastStyleSection(): Promise<string> {
  const random = new Random(1)
  const pixels = Float32Array.from({ length: 3 * SIDE * SIDE }, () => random.uniform())
  const photo = new Image(SIDE, SIDE, pixels)
  const style = painting('mosaic', { size: SIDE })

  const weights = new Map<string, ReturnType<ReturnType<typeof randomWeights>>>()
  const make = randomWeights(1)
  transformerNetwork((name, shape) => {
    const tensor = make(name, shape)
    weights.set(name, tensor)
    return tensor
  })
  const models = {
    'embedded, with all around it': await StyleModel.load(),
    'published, 32 … 128 channels': new StyleModel(weights),
  }
  const passes: [string, number[]][] = []
  for (const [title, model] of Object.entries(models)) {
    const run = () => fastStyle(photo, { model })
    await run()
    const times: number[] = []
    for (let i = 0; i < PASSES; i++) times.push(await time(run))
    passes.push([title, times])
    console.log(title, ms(times))
    await model.release()
  }

  const nets: Record<string, Network> = {
    scenes: await zooNetwork('scenes'),
    squeezenet1_1: await network('squeezenet1_1'),
  }
  const optimised: [string, number][] = []
  for (const [name, net] of Object.entries(nets)) {
    const run = (steps: number) => styleTransfer(net, photo, style, { size: SIDE, steps })
    await run(1)
    const [short, long] = [await time(() => run(1)), await time(() => run(1 + TIMED))]
    optimised.push([name, ((long - short) / TIMED) * STEPS])
    console.log(name, `${((long - short) / TIMED).toFixed(0)} ms a step`)
    await net.release()
  }
  return [
    `A picture of ${SIDE}×${SIDE}, preparation and all; ms, best / median. Beside ${STEPS} steps of L-BFGS with the layers of a ` +
      `network, reckoned from ${TIMED} of them: the ratios are of these to the best pass.`,
    '',
    table(
      [
        'network',
        'one pass',
        ...optimised.map(([name, all]) => `by ${name}: ${(all / 1000).toFixed(0)} s`),
      ],
      passes.map(([title, times]) => [
        title,
        ms(times),
        ...optimised.map(([, all]) => `${(all / Math.min(...times)).toFixed(0)} ×`),
      ]),
    ),
  ].join('\n')
}
