/**
 * Trains the embedded network `scenes` and writes it, with its model card, into the folder `models`:
 *
 *     npm run train
 *
 * The same seed gives the same weights on one machine.
 */
import { rename, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { Float16Array } from '@petamoriken/float16'
import { classNames, heldOutStyle, scenes, splits } from '../../../datasets/scenes/index.js'
import type { Preprocessing } from '../../image/preprocessing.js'
import type { TypedTensor } from '../../network/graph.js'
import { Network } from '../../network/network.js'
import { writeSafeTensors } from '../../network/safetensors.js'
import { embeddedFile } from '../../network/zoo/index.js'
import { scenesNetwork, scenesPreprocessing } from '../../network/zoo/scenes.js'
import { steps as stepsOf } from '../../work/work.js'
import { adam } from '../optimizers.js'
import { prefetch } from '../prefetch.js'
import { type SceneBatchOptions, toBatch } from '../scene-batches.js'
import { type Batch, heInitialiser, type Progress, train, type TrainedWeights } from '../train.js'

/** What is reported in the model card and decides the weights. */
export const recipe = {
  seed: 1,
  images: 112_000,
  batch: 64,
  rate: 1e-3,
  warmup: 200,
  betas: [0.9, 0.99] as [number, number],
  labelSmoothing: 0.1,
  tested: 4000,
}

/** Trains the network. `images` can be lowered to try the recipe out. */
export async function trainScenes(
  images = recipe.images,
  onStep?: (progress: Progress) => void,
): Promise<TrainedWeights> {
  const steps = Math.floor(images / recipe.batch)
  const graph = scenesNetwork(heInitialiser(recipe.seed, 'fc8'), classNames.length)
  const batches = prefetch<SceneBatchOptions, Batch>(
    new URL('../scene-batches.js', import.meta.url),
    {
      scenes: { ...splits.train, length: steps * recipe.batch },
      batch: recipe.batch,
      preprocessing: scenesPreprocessing,
    },
    steps,
  )
  const { rate, warmup, betas, labelSmoothing } = recipe
  return train(graph, batches, {
    steps,
    rate,
    warmup,
    labelSmoothing,
    optimizer: adam({ betas }),
    onStep,
  })
}

export interface Evaluation {
  accuracy: number
  /** `confusedWith` is the class it was most often mistaken for, or – where it never was. */
  perClass: { name: string; accuracy: number; confusedWith: string }[]
}

/** Accuracy of a network on scenes. */
export async function evaluate(
  net: Network,
  data: ReturnType<typeof scenes>,
  preprocessing: Preprocessing,
): Promise<Evaluation> {
  const count = net.classes.length
  const confusion = Array.from({ length: count }, () => new Int32Array(count))
  const batches = Math.ceil(data.length / 100)
  for await (const batch of stepsOf(batches, { label: 'Testing', unit: 'batches' })) {
    const start = 100 * batch
    const size = Math.min(100, data.length - start)
    const some = Array.from({ length: size }, (_, i) => data.get(start + i))
    const { images, labels } = toBatch(some, preprocessing)
    const scores = await net.scoresOf({ data: images.data as Float32Array, shape: images.shape })
    labels.forEach((label, i) => {
      const row = scores.data.subarray(i * count, (i + 1) * count)
      confusion[label]![row.indexOf(Math.max(...row))]!++
    })
  }
  const share = (row: Int32Array, label: number): number =>
    row[label]! /
    Math.max(
      1,
      row.reduce((sum, n) => sum + n, 0),
    )
  const correct = confusion.reduce((sum, row, label) => sum + row[label]!, 0)
  return {
    accuracy: correct / data.length,
    perClass: confusion.map((row, label) => {
      const others = row.map((n, i) => (i === label ? 0 : n))
      const most = Math.max(...others)
      return {
        name: net.classes[label]!,
        accuracy: share(row, label),
        confusedWith: most > 0 ? net.classes[others.indexOf(most)]! : '–',
      }
    }),
  }
}

async function main(): Promise<void> {
  const start = performance.now()
  const seconds = (): number => (performance.now() - start) / 1000
  let [loss, accuracy] = [0, 0]
  const weights = await trainScenes(recipe.images, ({ step, steps, ...now }) => {
    const share = step === 1 ? 1 : 0.02
    loss += share * (now.loss - loss)
    accuracy += share * (now.accuracy - accuracy)
    if (step % 50 === 0 || step === steps)
      console.log(
        `step ${step}/${steps}  loss ${loss.toFixed(3)}  accuracy ${(100 * accuracy).toFixed(1)} %  ` +
          `${((step * recipe.batch) / seconds()).toFixed(0)} images/s`,
      )
  })
  if (weights.interrupted) throw new Error('interrupted: nothing was written')
  const trained = seconds()

  // Half precision is what is shipped, so it is what is tested.
  const halved = new Map(
    [...weights].map(([name, { shape, data }]): [string, TypedTensor] => [
      name,
      { type: 'float16', shape, data: Float16Array.from(data as Float32Array) },
    ]),
  )
  const net = await Network.from(scenesNetwork(halved, classNames.length), {
    name: 'scenes',
    classes: classNames,
    preprocessing: scenesPreprocessing,
  })
  const test = await evaluate(
    net,
    scenes({ ...splits.test, length: recipe.tested }),
    scenesPreprocessing,
  )
  const heldOut = await evaluate(
    net,
    scenes({ ...splits.heldOut, length: recipe.tested }),
    scenesPreprocessing,
  )
  console.log(`unseen scenes: ${(100 * test.accuracy).toFixed(1)} % top-1`)
  console.log(`held-out style ${heldOutStyle}: ${(100 * heldOut.accuracy).toFixed(1)} % top-1`)

  const metadata = { classes: classNames.join(', '), recipe: JSON.stringify(recipe) }
  const file = embeddedFile('scenes.safetensors')
  await replaceFile(file, writeSafeTensors(halved, metadata))
  await replaceFile(embeddedFile('scenes.md'), card(net, test, heldOut, trained))
  console.log(`written to ${file}`)
}

async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.new`, content)
  await rename(`${path}.new`, path)
}

function card(net: Network, test: Evaluation, heldOut: Evaluation, seconds: number): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
  const count = net.layers.length
  const weights = [...net.graph.constants.values()]
  const numbers = weights.reduce((sum, { data }) => sum + data.length, 0)
  const weakest = [...heldOut.perClass].sort((a, b) => a.accuracy - b.accuracy).slice(0, 5)
  return `# Model card: \`scenes\`

A small AlexNet (${count} layers, ${numbers.toLocaleString('en')} weights in half precision) that names the
object in a picture of the Scenes data set: ${net.classes.length} classes, 96×96 pixels. Its layers carry
the names of a lecture: conv1 … conv5, fc6, fc7, fc8. It is embedded in the package, so that everything
works offline.

- **Data**: scenes of seed ${splits.train.seed} in the styles ${splits.train.styles.join(', ')}; the style
  ${heldOutStyle} was held out. Every image was seen once.
- **Recipe**: ${recipe.images.toLocaleString('en')} images in batches of ${recipe.batch}, Adam with betas
  ${recipe.betas.join(' and ')}, learning rate ${recipe.rate} after ${recipe.warmup} steps of warm-up, then a
  cosine to 0, label smoothing ${recipe.labelSmoothing}, He initialisation, seed ${recipe.seed}. \`npm run train\`
  repeats it; these weights took ${Math.round(seconds / 60)} minutes on 2 cores.
- **Accuracy** (top-1, ${recipe.tested.toLocaleString('en')} scenes each): ${percent(test.accuracy)} on scenes it
  has not seen, ${percent(heldOut.accuracy)} on the held-out drawing style.
- **Known weaknesses**: it knows drawings, not photographs. On the held-out style it is weakest on
  ${weakest.map(({ name, accuracy }) => `${name} (${percent(accuracy)})`).join(', ')}.

| class | unseen scenes | most confused with | held-out style | most confused with |
| --- | --- | --- | --- | --- |
${test.perClass
  .map((row, i) => {
    const other = heldOut.perClass[i]!
    return `| ${row.name} | ${percent(row.accuracy)} | ${row.confusedWith} | ${percent(other.accuracy)} | ${other.confusedWith} |`
  })
  .join('\n')}
`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
