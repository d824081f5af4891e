/** How the embedded network of many styles is made, tested and described. */
import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { painting, type PaintingName } from '../../../datasets/paintings/index.js'
import { splits } from '../../../datasets/scenes/index.js'
import { Builder } from '../../network/builder.js'
import { float32, Graph } from '../../network/graph.js'
import type { Network } from '../../network/network.js'
import { writeSafeTensors } from '../../network/safetensors.js'
import { zooNetwork } from '../../network/zoo/index.js'
import { PerceptualLoss, type PerceptualWeights } from '../../texture/fast/perceptual-loss.js'
import { StyleModel } from '../../texture/fast/style-model.js'
import { trainFastStyle } from '../../texture/fast/train.js'
import { replaceFile } from '../checkpoint.js'
import { remakeable } from '../prefetch.js'
import { contents } from './contents.js'
import { halfPrecision, modelFile } from './network.js'

interface FastStyleRecipe {
  /** Drawn by code, with strokes for pictures of any size. */
  styles: readonly PaintingName[]
  /** Side of the paintings that it learns from. */
  sample: number
  /** The network whose features are compared. */
  eye: string
  width: number
  blocks: number
  ends: number
  /** Each is seen once. */
  images: number
  /** Their side in pixels. */
  size: number
  batch: number
  /** The largest learning rate; it falls to 0 as a cosine. */
  rate: number
  warmup: number
  seed: number
  loss: PerceptualWeights
}

const fastStyleRecipe: FastStyleRecipe = {
  styles: ['starry', 'mosaic', 'ink', 'candy', 'embers', 'wave'],
  sample: 384,
  eye: 'scenes',
  width: 16,
  blocks: 5,
  ends: 3,
  images: 6_000,
  size: 64,
  batch: 4,
  rate: 3e-3,
  warmup: 100,
  seed: 1,
  loss: {
    content: { relu1: 0.5, relu2: 1.5 },
    style: { relu1: 1.5, relu2: 1.5, relu3: 1.5, relu4: 1.5, relu5: 1.5 },
    colours: 8,
    variation: 0.2,
    scales: [1, 2],
  },
}

export interface MakeOptions {
  /** How many pictures it learns from. Default: as many as the recipe says. */
  images?: number
  resume?: boolean
  /** Tries it out, and writes nothing. */
  dry?: boolean
  /** Where checkpoints lie. */
  checkpoints: string
}

/** Trains it, and writes it with its model card into the folder `models`. */
export async function makeFastStyle({
  images = fastStyleRecipe.images,
  resume,
  dry,
  checkpoints,
}: MakeOptions): Promise<void> {
  const recipe = { ...fastStyleRecipe, images }
  const { size, seed, width, blocks, ends, batch, rate, warmup, loss } = recipe
  const eye = await zooNetwork(recipe.eye)
  const module = new URL('./contents.js', import.meta.url)
  const data = await remakeable(module, 'contents', {
    ...{ length: images, size, seed: splits.train.seed },
  })
  await mkdir(checkpoints, { recursive: true })
  const start = performance.now()
  let first: number | undefined
  const means = { content: 0, style: 0, variation: 0 }
  const trained = await trainFastStyle(eye, stylesOf(recipe.styles), data, {
    ...{ ...loss, width, blocks, ends, size, batch, rate, warmup, seed, resume },
    shuffle: false, // every picture is a random one
    checkpoint: join(checkpoints, 'fast-style.safetensors'),
    checkpointEvery: 250,
    onStep({ step, steps, ...now }) {
      first ??= step - 1
      const share = step === first + 1 ? 1 : 0.02
      for (const kind of ['content', 'style', 'variation'] as const)
        means[kind] += share * (now[kind] - means[kind])
      if (step % 100 !== 0 && step !== steps) return
      const speed = ((step - first) * batch) / ((performance.now() - start) / 1000)
      const losses = Object.entries(means).map(([kind, mean]) => `${kind} ${mean.toFixed(3)}`)
      console.log(
        `fast-style  step ${step}/${steps}  ${losses.join('  ')}  ${speed.toFixed(0)} images/s`,
      )
    },
  })
  if (trained.interrupted) throw new Error('interrupted; go on with --resume')
  const minutes = (performance.now() - start) / 60_000

  // Half precision is what is shipped, so it is what is tested.
  const weights = halfPrecision(trained.model.weights)
  const model = new StyleModel(weights, { styles: recipe.styles })
  const tests = await testStyles(eye, model, loss)
  for (const { style, before, after } of tests)
    console.log(
      `  ${style.padEnd(8)}  style ${before.style.toFixed(2)} → ${after.style.toFixed(2)}`,
    )
  if (dry) return
  const metadata = { styles: recipe.styles.join(', '), recipe: JSON.stringify(recipe) }
  await replaceFile(modelFile('fast-style'), writeSafeTensors(weights, metadata))
  const card = styleCard(await model.network(), recipe, tests, resume ? undefined : minutes)
  await replaceFile(modelFile('fast-style', 'md'), card)
  console.log(`written: ${modelFile('fast-style')}`)
}

const stylesOf = (names: readonly PaintingName[]) =>
  Object.fromEntries(
    names.map((name) => [name, painting(name, { size: fastStyleRecipe.sample, seed: 0 })]),
  )

interface Losses {
  content: number
  style: number
}

interface StyleTest {
  style: PaintingName
  /** Of the pictures as they are. */
  before: Losses
  /** Of the painted ones. */
  after: Losses
}

/** Unseen pictures of each style's test. */
const TESTED = 32

/** The losses of unseen pictures, before and after they are painted, without their weights in the training. */
async function testStyles(
  eye: Network,
  model: StyleModel,
  weights: PerceptualWeights,
): Promise<StyleTest[]> {
  const size = Math.min(...eye.preprocessing.size)
  const data = contents({ length: TESTED, size, seed: splits.test.seed })
  const shape = [TESTED, 3, size, size]
  const plain = new Float32Array(TESTED * 3 * size * size)
  for (let i = 0; i < TESTED; i++)
    plain.set(eye.preprocess(data.get(i).image).data, i * 3 * size * size)
  const names = fastStyleRecipe.styles
  const loss = await PerceptualLoss.of(eye, Object.values(stylesOf(names)), {
    ...weights,
    content: unweighted(weights.content),
    style: unweighted(weights.style),
    colours: 0,
    variation: 0,
  })
  const b = new Builder(new Graph())
  const [painted, content] = ['painted', 'content'].map((name) => b.input(name, shape))
  const styles = b.input('styles', [TESTED, names.length])
  const terms = loss.build(b, painted!, { content: content!, styles })
  const program = await eye.engine.compile(b.graph.extract([terms.content, terms.style]))
  const of = async (pictures: Float32Array, k: number): Promise<Losses> => {
    const wanted = new Float32Array(TESTED * names.length)
    for (let i = 0; i < TESTED; i++) wanted[i * names.length + k] = 1
    const results = await program.run({
      painted: float32(pictures, shape),
      content: float32(plain, shape),
      styles: float32(wanted, [TESTED, names.length]),
    })
    const value = (name: string): number => Number(results[name]!.data[0])
    return { content: value(terms.content), style: value(terms.style) }
  }
  const tests: StyleTest[] = []
  for (const [k, style] of names.entries()) {
    const net = await model.network(style)
    const [output] = Object.values(await net.run({ data: plain, shape }))
    tests.push({ style, before: await of(plain, k), after: await of(output!.data, k) })
  }
  await program.release()
  return tests
}

const unweighted = (weights: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.keys(weights).map((layer, _, { length }) => [layer, 1 / length]))

/** The model card as Markdown. */
function styleCard(
  net: Network,
  recipe: FastStyleRecipe,
  tests: readonly StyleTest[],
  minutes: number | undefined,
): string {
  const parameters = net.layers.reduce((sum, layer) => sum + layer.parameters, 0)
  const { width, blocks, styles, images, size, batch, rate, warmup, seed, loss, eye } = recipe
  const weights = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([layer, weight]) => `${layer} ${weight}`)
      .join(', ')
  return `# Model card: \`fast-style\`

A network that paints any picture in one of ${styles.length} styles, or between them, in a single pass (Johnson et al. 2016;
Dumoulin et al. 2017): ${styles.join(', ')}. It is fully convolutional, begins with ${width} channels and has ${blocks}
residual blocks: ${parameters.toLocaleString('en')} parameters for one style, in half precision, of which only scales and shifts of
its instance norms differ from style to style. It is embedded in the package, so that everything works offline.

## Data
Windows of ${size} pixels of random scenes with many objects, of seed ${splits.train.seed}, seen from near and far, in changed colours. The
styles are drawn by code, \`painting(name)\`: no artist's work is in them, and no photograph.

## Recipe
${images.toLocaleString('en')} pictures in batches of ${batch}, the styles in turn; Adam with a learning rate of ${rate} after ${warmup} steps of
warm-up, then a cosine to 0; seed ${seed}. The losses compare features of \`${eye}\`, at ${loss.scales.join(' and ')} times the size: content by
${weights(loss.content)}; Gram matrices by ${weights(loss.style)}; colours ${loss.colours}; total variation ${loss.variation}. \`npm run train -- fast-style\`
repeats it${minutes === undefined ? '' : `; these weights took ${Math.round(minutes)} minutes on ${availableParallelism()} cores`}.

## Tests
On ${TESTED} unseen pictures of 96×96 pixels, by layer and relative to what is compared: how far the Gram matrices are from the
style's, before and after; and how far the features are from the content's.

| style | style loss before | after | content loss |
| --- | --- | --- | --- |
${tests
  .map(
    ({ style, before, after }) =>
      `| ${style} | ${before.style.toFixed(2)} | ${after.style.toFixed(2)} | ${after.content.toFixed(2)} |`,
  )
  .join('\n')}

## Known weaknesses
A small network that has seen drawings, judged by another small network that has seen drawings: strokes are coarser and
colours flatter than those of networks that were trained on photographs with the losses of a VGG-16, which \`StyleModel.load\`
reads. It knows its own styles alone, and strokes of one size in pixels.
`
}
