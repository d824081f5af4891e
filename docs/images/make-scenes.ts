/** Makes the sheet of Scenes in the README: `npx tsx docs/images/make-scenes.ts`. */
import { fileURLToPath } from 'node:url'
import {
  backgrounds,
  classNames,
  groups,
  type Image,
  plantedBias,
  scenes,
  type ScenesOptions,
  styles,
  tiles,
  viz,
} from '../../src/index.js'
import { paintBackground } from '../../datasets/scenes/backgrounds/index.js'

const one = (options: ScenesOptions, index = 0): Image => scenes(options).get(index).image

const classes = tiles(
  classNames.map((name, i) =>
    one({
      seed: i,
      classes: [name],
      styles: [styles[i % styles.length]!],
      backgrounds: [backgrounds[(5 * i) % backgrounds.length]!],
    }),
  ),
  {
    title: `${classNames.length} classes, as a network sees them: 96×96 pixels`,
    caption: Object.entries(groups)
      .map(([group, members]) => `${group} ${members.length}`)
      .join(' · '),
    labels: classNames,
    columns: 9,
  },
)

const inAllStyles = ['fox', 'turtle', 'rocket'] as const
const drawn = inAllStyles.flatMap((name) =>
  styles.map((style, i) => ({
    image: one({
      seed: name.length,
      classes: [name],
      styles: [style],
      backgrounds: [backgrounds[(4 * i) % backgrounds.length]!],
    }),
    style: style.replace('-emoji-flat', ''),
  })),
)
const hands = tiles(
  drawn.map(({ image }) => image),
  { title: `${styles.length} styles`, labels: drawn.map(({ style }) => style), columns: 6 },
)

const grounds = tiles(
  backgrounds.map((name, i) => paintBackground(name, 96, 7 * i + 1)),
  { title: `${backgrounds.length} backgrounds`, labels: backgrounds, columns: 7 },
)

const variants: [label: string, options: ScenesOptions, index: number][] = [
  ['objects: 2', { objects: 2 }, 0],
  ['objects: 4', { objects: 4 }, 2],
  ['clutter: 6', { clutter: 6 }, 4],
  ['occlusion: 0.4', { occlusion: 0.4 }, 1],
  ['conflict', { conflict: true }, 1],
  ['conflict', { conflict: true }, 8],
  ['bias: wolf', { ...plantedBias.options, classes: ['wolf'] }, 0],
  ['bias: fox', { ...plantedBias.options, classes: ['fox'] }, 0],
]
const options = tiles(
  variants.map(([, options, index]) => one({ seed: 3, ...options }, index)),
  { title: 'Options', labels: variants.map(([label]) => label), columns: 8 },
)

const figure = await viz.row(classes, grounds, hands, options)
await figure.save(fileURLToPath(new URL('scenes.png', import.meta.url)))
