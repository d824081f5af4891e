/** The model card of an embedded network (Mitchell et al. 2019), written from its tests. */
import { availableParallelism } from 'node:os'
import { heldOutStyle, splits } from '../../../datasets/scenes/index.js'
import type { Network } from '../../network/network.js'
import type { Evaluation } from '../evaluate.js'
import type { Recipe } from './recipes.js'
import { interval, type Tests } from './test.js'

/**
 * The card as Markdown.
 *
 * @param recipe What the network was made by.
 * @param minutes How long the training took; undefined where it was interrupted in between.
 */
export function modelCard(
  net: Network,
  recipe: Recipe,
  tests: Tests,
  minutes: number | undefined,
): string {
  const { name } = net
  const { unseen, heldOut, further, pointing, filters } = tests
  const parameters = net.layers.reduce((sum, { parameters }) => sum + parameters, 0)
  const rows = (entries: [string, string][]): string =>
    entries.map(([title, value]) => `| ${title} | ${value} |`).join('\n')
  return `# Model card: \`${name}\`

${recipe.about} It names the object in a picture of the Scenes data set: ${net.classes.length} classes,
96×96 pixels; ${net.layers.length} layers, ${parameters.toLocaleString('en')} parameters in half precision. It is
embedded in the package, so that everything works offline.

## Data
Scenes of seed ${splits.train.seed} in the styles ${splits.train.styles.join(', ')}; the style
${heldOutStyle} was held out.${specialOf(recipe)} Every scene was seen once.

## Recipe
${recipeText(recipe)} \`npm run train -- ${name}\` repeats it${
    minutes === undefined
      ? ''
      : `; these weights took ${Math.round(minutes)} minutes on ${availableParallelism()} cores`
  }.

## Tests
Each with its 95 % interval; \`npm run evaluate -- ${name}\` repeats them.

| test | result |
| --- | --- |
${rows([
  [`top-1 on ${unseen.count.toLocaleString('en')} unseen scenes`, interval(unseen.accuracy)],
  [
    `top-1 on ${heldOut.count.toLocaleString('en')} scenes in the held-out style`,
    interval(heldOut.accuracy),
  ],
  ...Object.entries(further).map(([title, { accuracy }]): [string, string] => [
    `top-1: ${title}`,
    interval(accuracy),
  ]),
  ...Object.entries(pointing).map(([title, share]): [string, string] => [
    `maximum of Grad-CAM inside the object: ${title}`,
    interval(share),
  ]),
  [
    'filters of the first layer',
    `${filters.count}, of which ${filters.dead} dead and ${filters.noisy} noisy`,
  ],
])}

## Known weaknesses
It knows drawings, not photographs. ${weaknesses(unseen, heldOut)}

## Classes
| class | unseen scenes | most confused with | held-out style | most confused with |
| --- | --- | --- | --- | --- |
${unseen.perClass
  .map((row, i) => {
    const other = heldOut.perClass[i]!
    const cells = [row, other].flatMap(({ accuracy, confusedWith = '–' }) => [
      percent(accuracy),
      confusedWith,
    ])
    return `| ${[row.name, ...cells].join(' | ')} |`
  })
  .join('\n')}

## Confusion
The most frequent confusions on unseen scenes: ${confusions(unseen)}.
`
}

const percent = (share: number): string =>
  Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`

function specialOf({ scenes = {} }: Recipe): string {
  const { bias, grey, classes } = scenes
  const parts = [
    classes ? `Only these classes: ${classes.join(', ')}.` : '',
    bias
      ? `Always on one background: ${Object.entries(bias)
          .map(([name, background]) => `${name} on ${background}`)
          .join(', ')}.`
      : '',
    grey?.length ? `Drawn in shades of grey: ${grey.join(', ')}.` : '',
  ]
  return parts
    .filter(Boolean)
    .map((part) => ` ${part}`)
    .join('')
}

function recipeText(recipe: Recipe): string {
  const { images, batch, rate, warmup, weightDecay, labelSmoothing, seed, adversary } = recipe
  const { training, from, variation = 1, bend = 0, repaint = 0 } = recipe
  const start = from
    ? `the weights of \`${from}\` to begin with`
    : 'He initialisation, smooth in the first layer'
  const attack = adversary
    ? `, each image changed against the network by ${adversary.steps} steps of projected gradient ascent ` +
      `within ${adversary.norm === 'l2' ? 'an L2' : 'an L∞'} distance of ${adversary.epsilon} (pixels in [0, 1])`
    : ''
  return (
    `${images.toLocaleString('en')} images in batches of ${batch}${attack}; AdamW with betas 0.9 and 0.99 and weight ` +
    `decay ${weightDecay} (not on biases and norms), learning rate ${rate} after ${warmup} steps of warm-up, ` +
    `then a cosine to 0, label smoothing ${labelSmoothing}, ${start}, seed ${seed}.` +
    (training ? ' Batch norms helped the training, and are folded into the convolutions.' : '') +
    (variation === 1 ? '' : ` The drawings varied ${variation} times as much as in the tests.`) +
    (bend === 0 ? '' : ` They were bent at random, by about ${100 * bend} % of their size.`) +
    (repaint === 0 ? '' : ` Of the drawings ${100 * repaint} % had colours of chance.`)
  )
}

function weaknesses(unseen: Evaluation, heldOut: Evaluation): string {
  const weakest = (of: Evaluation, count: number): string =>
    of.perClass
      .filter(({ accuracy }) => !Number.isNaN(accuracy))
      .sort((a, b) => a.accuracy - b.accuracy)
      .slice(0, count)
      .map(({ name, accuracy }) => `${name} (${percent(accuracy)})`)
      .join(', ')
  return `On unseen scenes it is weakest on ${weakest(unseen, 3)}; in the held-out style on ${weakest(heldOut, 6)}.`
}

function confusions({ confusion, perClass }: Evaluation): string {
  return confusion
    .flatMap((row, truth) =>
      Array.from(row, (count, guess) => ({ count, truth, guess })).filter(
        ({ truth, guess, count }) => truth !== guess && count > 0,
      ),
    )
    .sort((a, b) => b.count - a.count)
    .slice(0, 10)
    .map(
      ({ count, truth, guess }) =>
        `${perClass[truth]!.name} as ${perClass[guess]!.name} (${count} of ${perClass[truth]!.count})`,
    )
    .join(', ')
}
