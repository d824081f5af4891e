/** Makes the picture in the README: `npx tsx docs/images/make.ts`. */
import { fileURLToPath } from 'node:url'
import { classScore, neuron, picture, viz } from '../../src/index.js'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const fixtures = '../../test/fixtures'

const net = await viz.model('squeezenet1_1', {
  weights: path(`${fixtures}/squeezenet1_1/weights.safetensors`),
})
const photo = await viz.image(path(`${fixtures}/dog_cat_224.png`))

const view = viz(net).on(photo)
const dog = view.target('bull mastiff')
const cat = view.target('tiger cat')
const catNotDog = view.target(classScore('tiger cat').minus(classScore('bull mastiff')))
const dogsHead = view.target(neuron('features.12', [476, 2, 6]))

const seen = (await view.predict()).top(2)
const percentages = seen.map((c) => `${c.name} ${Math.round(100 * c.probability)}%`)

const figure = await viz.row(
  picture(photo, { title: 'Image', caption: `${net.name} sees\n${percentages.join(', ')}` }),
  dog.gradcam(),
  cat.gradcam(),
  catNotDog.gradcam(),
  dog.saliency(),
  dog.guided(),
  dogsHead.deconvnet(),
  dogsHead.guided(),
)
await figure.save(path('grad-cam.png'))
