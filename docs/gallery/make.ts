/**
 * Makes the gallery, docs/gallery.md and its pictures:
 *
 *     FOVEA_MODELS=… npm run gallery -- FOLDER              of a folder of photos
 *     npm run gallery -- FOLDER --sheets inside             one of its sheets
 *     npm run gallery -- FOLDER --photos a.jpg,b.jpg        of other photos of that folder
 *     npm run gallery -- FOLDER --network mobilenet_v2      by another network
 *     npm run gallery -- FOLDER --out /tmp/gallery          elsewhere
 *
 * A file `manifest.json` in the folder may say where photos are from: { photos: [{ file, content, licence, source }] }.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { onWhite, writeWhole } from '../../src/image/files.js'
import { viz } from '../../src/index.js'
import { unknownName } from '../../src/network/names.js'
import type { Photo, Sheet } from './sheet.js'
import { classes } from './sheets/classes.js'
import { deepDream } from './sheets/deepdream.js'
import { fastStyle } from './sheets/fast-style.js'
import { inside } from './sheets/inside.js'
import { inversion } from './sheets/inversion.js'
import { robustClasses } from './sheets/robust-classes.js'
import { style } from './sheets/style.js'
import { texture } from './sheets/texture.js'
import { whichPixels } from './sheets/which-pixels.js'

/** In their order on the page. */
const sheets: readonly Sheet[] = [
  whichPixels,
  inside,
  classes,
  robustClasses,
  inversion,
  deepDream,
  texture,
  style,
  fastStyle,
]

/** Photos under several licences, of things that the networks know. */
const usualPhotos = [
  'dog_cat.jpg',
  'cat_chelsea.jpg',
  'elephant.jpg',
  'parrot_macaw.jpg',
  'giraffe_zebra.jpg',
  'lighthouse.jpg',
]

/** Of JPEG, 1 to 100: small files, and nothing to be seen of it. */
const QUALITY = 58

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sheets: { type: 'string' },
    photos: { type: 'string' },
    network: { type: 'string', default: 'squeezenet1_1' },
    out: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
})
const [folder] = positionals
if (folder === undefined || positionals.length > 1)
  throw new Error('say which folder has the photos: npm run gallery -- FOLDER')

const files = (await readdir(folder)).filter((file) => /\.(jpe?g|png|webp)$/i.test(file)).sort()
const wanted = values.photos?.split(',') ?? usualPhotos
for (const file of wanted) if (!files.includes(file)) throw unknownName('photo', file, files)
const names = sheets.map(({ name }) => name)
const chosen = values.sheets?.split(',') ?? names
for (const name of chosen) if (!names.includes(name)) throw unknownName('sheet', name, names)

const all: Photo[] = []
for (const file of files) all.push({ file, image: await viz.image(join(folder, file)) })
const photos = wanted.map((file) => all.find((photo) => photo.file === file)!)
const net = await viz.model(values.network)

const pictures = join(values.out, 'gallery')
await mkdir(pictures, { recursive: true })
for (const sheet of sheets.filter(({ name }) => chosen.includes(name))) {
  const figure = await sheet.make({ net, photos, all })
  const jpeg = onWhite(figure.toCanvas()).toBuffer('image/jpeg', QUALITY)
  await writeWhole(join(pictures, `${sheet.name}.jpg`), jpeg)
  console.log(`${sheet.name}.jpg  ${Math.round(jpeg.length / 1000)} kB`)
}
await writeWhole(join(values.out, 'gallery.md'), page(await origins(folder)))

interface Origin {
  file: string
  content?: string
  licence?: string
  source?: string
}

async function origins(where: string): Promise<Origin[]> {
  const text = await readFile(join(where, 'manifest.json'), 'utf8').catch(() => '{}')
  return (JSON.parse(text) as { photos?: Origin[] }).photos ?? []
}

function page(known: readonly Origin[]): string {
  const shown = names.includes('inside') ? all : photos
  const rows = shown.map(({ file }) => {
    const { content = '', source = '', licence = '' } = known.find((one) => one.file === file) ?? {}
    return `| ${file} | ${content} | ${source} | ${licence} |`
  })

  return [
    '# Gallery',
    '',
    `What the methods show of photographs, by ${net.name}. Made by [docs/gallery/make.ts](gallery/make.ts):`,
    '',
    '```sh',
    'FOVEA_MODELS=… npm run gallery -- FOLDER   # a folder of photos, and where the weights lie',
    '```',
    '',
    ...sheets.flatMap(({ name, title, text }) => [
      `## ${title}`,
      text,
      '',
      `![${title}](gallery/${name}.jpg)`,
      '',
    ]),
    '## The photos',
    `In the sheets: ${wanted.join(', ')}. The others are among the neighbours.`,
    '',
    '| file | what it shows | from | licence |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
