/**
 * Trains the embedded networks and writes them, with their model cards, into the folder `models`:
 *
 *     npm run train                                    all of them
 *     npm run train -- scenes-robust                   one
 *     npm run train -- scenes --resume                 goes on where it was interrupted
 *     npm run train -- scenes --images 6400 --dry      tries it out, and writes nothing
 *
 * The same seed gives the same weights on one machine.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { splits } from '../../../datasets/scenes/index.js'
import { unknownName } from '../../network/names.js'
import { writeSafeTensors } from '../../network/safetensors.js'
import type { Weights } from '../../network/zoo/architecture.js'
import { replaceFile } from '../checkpoint.js'
import { adamW } from '../optimizers.js'
import { remakeable } from '../prefetch.js'
import { train } from '../train.js'
import { makeFastStyle } from './fast-style.js'
import { metadataOf, modelFile, newNetwork, recipeNetwork, shipped } from './network.js'
import { modelCard } from './model-card.js'
import { type RecipeName, recipeOf, recipes } from './recipes.js'
import { report, testNetwork } from './test.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { images: { type: 'string' }, resume: { type: 'boolean' }, dry: { type: 'boolean' } },
})

const { resume, dry } = values
const asked = {
  images: values.images === undefined ? undefined : Number(values.images),
  resume,
  dry,
}

/** Where checkpoints lie while a training goes on. */
const CHECKPOINTS = join('out', 'training')
const STEPS_BETWEEN_CHECKPOINTS = 500

async function make(name: RecipeName): Promise<void> {
  const { images = recipeOf(name).images } = asked
  const recipe = { ...recipeOf(name), images }
  const { batch, rate, warmup, weightDecay, labelSmoothing, augmentation, adversary, seed } = recipe
  const module = new URL('../../../datasets/scenes/index.js', import.meta.url)
  const data = await remakeable(module, 'scenes', {
    ...splits.train,
    ...recipe.scenes,
    variation: recipe.variation,
    bend: recipe.bend,
    repaint: recipe.repaint,
    length: images,
  })
  const snapshots = new Map(recipe.snapshots?.map((count) => [Math.round(count / batch), count]))
  await mkdir(CHECKPOINTS, { recursive: true })

  const start = performance.now()
  let first: number | undefined
  const seconds = (): number => (performance.now() - start) / 1000
  let [loss, accuracy] = [0, 0]
  const trained = await train(await newNetwork(name), data, {
    batch,
    rate,
    warmup,
    labelSmoothing,
    augmentation,
    adversary,
    seed,
    shuffle: false, // every scene is a random one
    optimizer: adamW({ weightDecay, betas: [0.9, 0.99] }),
    checkpoint: join(CHECKPOINTS, `${name}.safetensors`),
    checkpointEvery: STEPS_BETWEEN_CHECKPOINTS,
    resume,
    async onStep({ step, steps, weights, ...now }) {
      first ??= step - 1
      const share = step === first + 1 ? 1 : 0.02
      loss += share * (now.loss - loss)
      accuracy += share * (now.accuracy - accuracy)
      const snapshot = snapshots.get(step)
      if (snapshot && !dry) await save(`${name}-${label(snapshot)}`, weights)
      if (step % 100 === 0 || step === steps)
        console.log(
          `${name}  step ${step}/${steps}  loss ${loss.toFixed(3)}  accuracy ${percent(accuracy)}  ` +
            `${(((step - first) * batch) / seconds()).toFixed(0)} images/s`,
        )
    },
  })
  if (trained.interrupted) throw new Error('interrupted; go on with --resume')
  const minutes = seconds() / 60
  console.log(`${name}: trained in ${minutes.toFixed(1)} min`)

  // Half precision is what is shipped, so it is what is tested.
  const net = await recipeNetwork(name, shipped(name, trained.weights))
  const tests = await testNetwork(name, net)
  console.log(report(name, tests))
  await net.release()
  if (dry) return
  await save(name, trained.weights)
  await replaceFile(
    modelFile(name, 'md'),
    modelCard(net, recipe, tests, resume ? undefined : minutes),
  )

  async function save(as: string, weights: Weights): Promise<void> {
    await replaceFile(modelFile(as), writeSafeTensors(shipped(name, weights), metadataOf(recipe)))
    console.log(`written: ${modelFile(as)}`)
  }
}

const label = (images: number): string => `${(images / 1000).toFixed(images < 10_000 ? 1 : 0)}k`
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const names = [...Object.keys(recipes), 'fast-style']
for (const name of positionals) if (!names.includes(name)) throw unknownName('recipe', name, names)
for (const name of positionals.length > 0 ? positionals : names)
  if (name === 'fast-style') await makeFastStyle({ ...asked, checkpoints: CHECKPOINTS })
  else await make(name as RecipeName)
