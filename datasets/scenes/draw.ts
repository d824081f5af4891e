import { mixSeeds, Random } from '../../src/image/random.js'
import { randomBend } from './bend.js'
import { backgrounds, paintBackground } from './backgrounds/index.js'
import type { ClassName } from './catalogue.js'
import { greyed, randomColourChange, randomColours } from './colour.js'
import { filledWith } from './conflict.js'
import { occlude } from './occluder.js'
import type { ScenesOptions } from './options.js'
import { paste } from './paste.js'
import { type Area, inPixels, randomAreas, randomPose } from './pose.js'
import type { Box, Scene, SceneDescription, SceneObject } from './scene.js'
import { type Sprite, sprite } from './sprites.js'

/** Which random choice a stream of random numbers is for, so that none disturbs another. */
export const stream = {
  description: 1,
  background: 2,
  object: 3,
  areas: 4,
  other: 5,
  clutter: 6,
  occluder: 7,
  repaint: 8,
  bend: 9,
} as const

/** The seed of a scene's background, which is painted whole before anything is pasted. */
export const backgroundSeed = (seed: number, index: number): number =>
  mixSeeds(seed, index, stream.background)

/** Longer side of an object, as a share of the picture's, by how many share it. */
const sizes = { 1: [0.42, 0.84], 2: [0.36, 0.54], 3: [0.3, 0.44], 4: [0.3, 0.44] } as const
const clutterSize = [0.14, 0.26] as const

const nowhere: Box = { left: 0, top: 0, right: 0, bottom: 0 }

type Drawn = Pick<
  Required<ScenesOptions>,
  'size' | 'classes' | 'variation' | 'bend' | 'repaint' | 'grey' | 'clutter' | 'occlusion'
>

/** Draws what is described: background, clutter, objects, occluder, from back to front. */
export function draw(description: SceneDescription, options: Drawn): Scene {
  const { seed, index, background, style, className, others = [] } = description
  const { size, classes, variation, bend, repaint, grey, occlusion } = options
  const image = paintBackground(background, size, backgroundSeed(seed, index))
  const randomFor = (...purpose: number[]): Random => new Random(mixSeeds(seed, index, ...purpose))
  const behind: SceneObject[] = []

  const place = (
    name: ClassName,
    random: Random,
    sides: readonly [number, number],
    area?: Area,
  ) => {
    const longerSide = random.uniform(...sides)
    const drawing = drawingOf(name, longerSide * size)
    const pose = randomPose(random, longerSide, drawing.aspectRatio, variation, area)
    if (bend > 0) pose.bend = randomBend(randomFor(stream.bend, behind.length), bend)
    const paint = randomFor(stream.repaint, behind.length)
    const colours =
      paint.uniform() < repaint ? randomColours(paint) : randomColourChange(random, variation)
    const mask = new Uint8Array(size * size)
    paste(
      image,
      mask,
      drawing,
      inPixels(pose, size),
      grey.includes(name) ? greyed(colours) : colours,
    )
    for (const object of behind) hide(object, mask)
    const object = { className: name, mask, box: nowhere }
    behind.push(object)
    return object
  }
  const drawingOf = (name: ClassName, side: number): Sprite => {
    const shape = sprite(style, name, side)
    const { texture } = description
    return texture && name === className ? filledWith(shape, sprite(style, texture, side)) : shape
  }

  const shown = [className, ...others]
  const clutter = Array.from({ length: options.clutter }, (_, i) => {
    const random = randomFor(stream.clutter, i)
    const unseen = classes.filter((name) => !shown.includes(name))
    return place(random.pick(unseen.length > 0 ? unseen : shown), random, clutterSize)
  })
  const areas = shown.length > 1 ? randomAreas(randomFor(stream.areas), shown.length) : []
  const objects = shown.map((name, i) =>
    place(
      name,
      i === 0 ? randomFor(stream.object) : randomFor(stream.other, i),
      sizes[shown.length as keyof typeof sizes],
      areas[i],
    ),
  )
  const object = objects[0]!

  if (occlusion > 0) {
    const random = randomFor(stream.occluder)
    const material = random.pick(backgrounds.filter((name) => name !== background))
    const covering = paintBackground(material, size, random.integer(2 ** 31))
    const bar = occlude(image, object.mask, occlusion, covering, random)
    for (const object of behind) hide(object, bar)
  }
  for (const object of behind) object.box = boxOf(object.mask, size)
  return { ...description, image, mask: object.mask, box: object.box, objects, clutter }
}

/** Takes what lies in front of an object out of its mask. */
function hide({ mask }: SceneObject, front: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) if (front[i]) mask[i] = 0
}

function boxOf(mask: Uint8Array, size: number): Box {
  const box: Box = { left: size, top: size, right: 0, bottom: 0 }
  for (let y = 0, i = 0; y < size; y++)
    for (let x = 0; x < size; x++, i++)
      if (mask[i]) {
        if (x < box.left) box.left = x
        if (x >= box.right) box.right = x + 1
        if (y < box.top) box.top = y
        box.bottom = y + 1
      }
  return box.right > 0 ? box : nowhere
}
