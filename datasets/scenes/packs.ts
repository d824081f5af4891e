import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type ClassName, classNames, namesInPacks } from './catalogue.js'

/** The drawing styles: one pack of drawings each, named as its package is. */
export const styles = [
  'noto',
  'noto-v1',
  'fluent-emoji-flat',
  'twemoji',
  'fxemoji',
  'emojione',
] as const

export type Style = (typeof styles)[number]

/** Under which terms a pack's drawings are used, as its package states them. */
export interface Licence {
  style: Style
  /** The pack's full name, such as 'Noto Emoji'. */
  pack: string
  author: string
  /** SPDX identifier, such as 'Apache-2.0'. */
  licence: string
  /** The text of the licence. */
  licenceUrl: string
  /** Where the author publishes the drawings. */
  url: string
}

/** An SVG drawing: its elements, and the rectangle they are drawn in. */
export interface Drawing {
  body: string
  viewBox: Box
}

interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** The files of an Iconify pack, as far as they are read here. */
interface Icons {
  icons: Record<string, { body: string } & Partial<Box>>
  aliases?: Record<string, { parent: string }>
  width?: number
  height?: number
}
interface Info {
  name: string
  author: { name: string; url: string }
  license: { title: string; spdx: string; url: string }
}

const require = createRequire(import.meta.url)

function readPack<File>(style: Style, file: string): File {
  return JSON.parse(readFileSync(require.resolve(`@iconify-json/${style}/${file}`), 'utf8')) as File
}

const drawings = new Map<Style, ReadonlyMap<ClassName, Drawing>>()

/** A pack's drawings of all classes. A pack is read once, when first asked for (up to 25 MB). */
function drawingsOf(style: Style): ReadonlyMap<ClassName, Drawing> {
  const known = drawings.get(style)
  if (known) return known

  const pack = readPack<Icons>(style, 'icons.json')
  const found = new Map<ClassName, Drawing>()
  for (const name of classNames) {
    const icon = namesInPacks[name]
      .map((listed) => pack.icons[listed] ?? pack.icons[pack.aliases?.[listed]?.parent ?? ''])
      .find((candidate) => candidate !== undefined)
    if (!icon) throw new Error(`the pack '${style}' has no drawing of '${name}'`)
    // Some versions of the rasteriser know references by their old name alone.
    const body = icon.body.replaceAll(' href="#', ' xlink:href="#')
    const { left = 0, top = 0 } = icon
    const width = icon.width ?? pack.width ?? 16 // 16 is Iconify's default
    const height = icon.height ?? pack.height ?? 16
    found.set(name, { body, viewBox: { left, top, width, height } })
  }
  drawings.set(style, found)
  return found
}

/** How a style draws a class. */
export function drawing(style: Style, className: ClassName): Drawing {
  const found = drawingsOf(style).get(className)
  if (!found) throw new RangeError(`no class '${className}' in the catalogue`)
  return found
}

/**
 * Who drew the objects and under which licence, one entry per style.
 *
 * @example
 *   licences().map(({ pack, author, licence }) => `${pack} by ${author}, ${licence}`)
 */
export function licences(): Licence[] {
  return styles.map((style) => {
    const { name, author, license } = readPack<Info>(style, 'info.json')
    return {
      style,
      pack: name,
      author: author.name,
      licence: license.spdx,
      licenceUrl: license.url,
      url: author.url,
    }
  })
}
