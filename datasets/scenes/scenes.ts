import { createHash } from 'node:crypto'
import { mixSeeds, Random } from '../../src/image/random.js'
import { Dataset } from '../dataset.js'
import { type ClassName, texturedClasses } from './catalogue.js'
import { draw, stream } from './draw.js'
import { completeOptions, type ScenesOptions } from './options.js'
import { licences } from './packs.js'
import type { Scene, SceneDescription } from './scene.js'

/** Scenes of chosen classes, styles and backgrounds: what `scenes` returns. */
export class Scenes extends Dataset<Scene, SceneDescription> {
  /** Names these scenes: of the same digest are the same options, and so the same scenes. */
  readonly digest: string

  constructor(options: ScenesOptions = {}) {
    const complete = completeOptions(options)
    const describe = (index: number): SceneDescription => describeScene(index, complete)
    const read = (index: number): Scene => draw(describe(index), complete)
    const recipe = { loader: 'scenes', arguments: [complete] }
    super(complete.length, complete.classes, read, describe, recipe)
    const name = JSON.stringify(['scenes', complete])
    this.digest = createHash('sha256').update(name).digest('hex')
  }
}

/**
 * Scenes: pictures of an object (72 classes: animals by kind, vehicles, food, plants, things) drawn in
 * one of six styles, with random position, size, pose and colour, on one of 14 procedural backgrounds.
 * Each comes with its class, style, background, object mask and box. The options and `index` determine
 * a scene; it is made when it is asked for. Drawings are rasterised when first shown, and kept.
 *
 * `describe`, `filter` and `split` draw nothing. `scenes.licences()` states who drew the objects.
 *
 * @throws RangeError for unknown names (the nearest are listed) and numbers out of range
 * @example
 *   const pets = scenes({ classes: ['cat', 'dog'], backgrounds: ['grass', 'wood'] })
 *   const { image, className, mask } = pets.get(0)
 * @example
 *   // two classes in each picture, each with a mask: does Grad-CAM find the one that is asked for?
 *   const { image, objects } = scenes({ objects: 2 }).get(0)
 */
export function scenes(options: ScenesOptions = {}): Scenes {
  return new Scenes(options)
}

scenes.licences = licences

function describeScene(index: number, options: Required<ScenesOptions>): SceneDescription {
  const { seed, classes, styles, backgrounds, bias, biasStrength, objects, conflict } = options
  const random = new Random(mixSeeds(seed, index, stream.description))
  const label = random.integer(classes.length)
  const className = classes[label]!
  const style = random.pick(styles)
  const anyBackground = random.pick(backgrounds)
  const background = random.uniform() < biasStrength ? bias[className] : undefined
  const description = { label, className, style, background: background ?? anyBackground }

  const others = (): ClassName[] =>
    Array.from(random.permutation(classes.length), (i) => classes[i]!).filter(
      (name) => name !== className,
    )
  const texture = (): ClassName | undefined => {
    const possible = others()
    return possible.find((name) => texturedClasses.includes(name)) ?? possible[0]
  }
  return {
    ...description,
    ...(objects > 1 && { others: others().slice(0, objects - 1) }),
    ...(conflict && { texture: texture() }),
    seed,
    index,
  }
}
