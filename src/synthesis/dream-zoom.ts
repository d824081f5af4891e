/** A dream without end: each dream is enlarged a little and dreamt on. */
import type { Tensor } from '../engine/tensor.js'
import { row } from '../figures/row.js'
import { picture } from '../figures/picture.js'
import { Animation } from '../image/animation.js'
import {
  display,
  displayMetadata,
  type DisplayMetadata,
  type MimeBundle,
} from '../image/display.js'
import { Image } from '../image/image.js'
import { defaultSeed, mixSeeds } from '../image/random.js'
import type { Network } from '../network/network.js'
import { wholeNumber } from '../options.js'
import { type Provenance, provenance, Result } from '../result.js'
import { quietly, steps as counted } from '../work/index.js'
import { deepDream, type DreamOptions, type Dreamt } from './dream.js'

export interface DreamZoomOptions extends DreamOptions {
  /** How many dreams. Default 24. */
  frames?: number
  /** The share of the picture that leaves it at its edges before the next dream. Default 0.05. */
  zoom?: number
  /** How long each picture stands, in milliseconds. Default 100. */
  delay?: number
}

/** A sequence of dreams, [N, 3, H, W], in colours from 0 to 1; the first is the picture itself. */
export class DreamZoom extends Result {
  constructor(
    readonly animation: Animation,
    /** Whether an interrupt ended it early. */
    readonly interrupted: boolean,
    pixels: Tensor,
    origin: Provenance,
  ) {
    super(pixels, origin, () => stills(animation.frames))
  }

  get frames(): readonly Image[] {
    return this.animation.frames
  }

  /** As .gif the animation; otherwise some of its pictures side by side. */
  override async save(path: string): Promise<void> {
    if (/\.gif$/i.test(path)) await this.animation.save(path)
    else await super.save(path)
  }

  override [display](): MimeBundle {
    return this.animation[display]()
  }

  override [displayMetadata](): DisplayMetadata {
    return { ...this.animation[displayMetadata](), fovea: [this.record()] }
  }
}

/**
 * DeepDream again and again: every dream is enlarged about its middle and is the picture of the next one (Mordvintsev,
 * Olah, Tyka 2015). As a cell's result it moves.
 *
 * @param of A layer, a channel's address, or an objective.
 * @param options As those of {@link deepDream}, and `frames`, `zoom`, `delay`.
 * @throws RangeError for options that there cannot be, and as {@link deepDream}. An interrupt gives what there is.
 * @example await (await dreamZoom(net, photo, 'conv4', { frames: 40 })).save('dream.gif')
 */
export async function dreamZoom(
  net: Network,
  image: Image,
  of: Dreamt,
  options: DreamZoomOptions = {},
): Promise<DreamZoom> {
  const { frames = 24, zoom = 0.05, delay, seed = defaultSeed(), ...dreaming } = options
  wholeNumber('frames', frames)
  if (!(zoom >= 0 && zoom < 1))
    throw new RangeError(`what leaves the picture is a share of it, in [0, 1), not ${zoom}`)
  const shown: Image[] = []
  const loop = counted(frames, {
    label: 'Dreaming on',
    unit: 'dreams',
    partial: true,
    transient: true,
    signal: options.signal,
  })
  let current = image
  let interrupted = false
  let parameters: Record<string, unknown> = {}
  for await (const frame of loop) {
    const made = await quietly(() =>
      deepDream(net, current, of, { ...dreaming, seed: mixSeeds(seed, frame) }),
    )
    if (frame === 0) shown.push(made.before)
    if (made.interrupted) {
      interrupted = true
      continue
    }
    const [dreamt] = made.images as [Image]
    parameters = made.provenance.parameters
    shown.push(dreamt)
    current = enlarged(dreamt, zoom)
    loop.show(() => picture(dreamt, { title: `dream ${frame + 1}` }))
  }
  if (shown.length === 0) throw loop.work.stopped()
  const { width, height } = shown[0]!
  const data = new Float32Array(shown.length * 3 * width * height)
  shown.forEach((one, i) => data.set(one.data, i * one.data.length))
  const origin = provenance(net, 'dreamZoom', net.preprocess(image), {
    ...parameters,
    seed,
    frames,
    zoom,
    done: shown.length - 1,
  })
  return new DreamZoom(
    new Animation(shown, { delay }),
    interrupted || loop.interrupted,
    { data, shape: [shown.length, 3, height, width] },
    origin,
  )
}

/** The middle of a picture, at the size of the whole, bilinear. */
function enlarged(image: Image, zoom: number): Image {
  const { width, height, data } = image
  const result = new Image(width, height)
  const across = placesOf(width, zoom)
  const down = placesOf(height, zoom)
  for (let c = 0; c < 3; c++)
    down.forEach(([top, bottom, low], y) =>
      across.forEach(([left, right, near], x) => {
        const at = (row: number, column: number): number =>
          data[(c * height + row) * width + column]!
        const above = (1 - near) * at(top, left) + near * at(top, right)
        const below = (1 - near) * at(bottom, left) + near * at(bottom, right)
        result.data[(c * height + y) * width + x] = (1 - low) * above + low * below
      }),
    )
  return result
}

/** For each pixel of an axis, the two that it lies between after zooming, and how near it is to the second. */
function placesOf(size: number, zoom: number): [number, number, number][] {
  return Array.from({ length: size }, (_, i) => {
    const place = Math.min(
      size - 1,
      Math.max(0, (i + 0.5 - size / 2) * (1 - zoom) + size / 2 - 0.5),
    )
    const first = Math.min(Math.floor(place), Math.max(0, size - 2))
    return [first, Math.min(first + 1, size - 1), place - first]
  })
}

/** Up to six of the pictures, evenly spaced. */
function stills(frames: readonly Image[]) {
  const count = Math.min(6, frames.length)
  const chosen = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (frames.length - 1)) / (count - 1)),
  )
  return row(
    chosen.map((i) => picture(frames[i]!, { title: i === 0 ? 'Image' : `dream ${i}` })),
    { caption: 'Each dream, enlarged, is the picture of the next.' },
  )
}
