import type { Tensor } from '../engine/tensor.js'
import { row } from '../figures/row.js'
import { picture } from '../figures/picture.js'
import { tiles } from '../figures/tiles.js'
import type { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { objectiveCurve, Optimised } from '../optimise/optimised.js'
import type { Provenance } from '../result.js'

/** What a network takes an image for. */
export interface Judgement {
  class: string
  index: number
  /** From 0 to 1. */
  probability: number
}

/** Images that a network was asked for, [N, C, H, W], and what it takes them for. */
export class Visualisation extends Optimised {
  constructor(
    made: Optimised,
    /** What was asked for, in words, for each image. */
    readonly names: readonly string[],
    /** What the network takes each image for; none where it does not classify at this size. */
    readonly judgements: readonly Judgement[],
    /** The class that each was asked for, by index; none where it was something else. */
    readonly targets: readonly (number | undefined)[],
    origin: Provenance,
    /** By what, in words. */
    readonly how: string,
    /** The images as figures show them: some recipes scale their contrast. */
    readonly shown: readonly Image[],
  ) {
    super(made, origin, () => visualisationFigure(this))
  }
}

function visualisationFigure(made: Visualisation) {
  const { how, images, shown, names, judgements, history, snapshots } = made
  const taken = (i: number): string => {
    const judged = judgements[i]
    return judged && made.targets[i] !== undefined
      ? `Taken for ${judged.class}, ${share(judged.probability)}`
      : ''
  }
  const stopped = made.interrupted ? ' Interrupted: this is what there was by then.' : ''
  const caption = `${made.steps} steps. ${how}.${stopped}`
  const progress = { names, objective: 'objective', images, history, snapshots }
  const curve = (history[0]?.length ?? 0) > 1 ? [objectiveCurve(progress)] : []
  if (images.length === 1) {
    const earlier = snapshots.map(({ step, images: [image] }) =>
      picture(image!, { title: step === 0 ? 'start' : `after ${step} steps` }),
    )
    const last = picture(shown[0]!, { title: names[0] })
    const said = taken(0)
    return row([...earlier, last, ...curve], { caption: said ? `${said}. ${caption}` : caption })
  }
  const right = judgements.filter(({ index }, i) => index === made.targets[i]).length
  const said =
    judgements.length > 0 && !made.targets.includes(undefined)
      ? ` The network takes ${right} of ${images.length} for what was asked.`
      : ''
  const earlier = snapshots.map((shot) =>
    tiles(shot.images, { title: shot.step === 0 ? 'start' : `after ${shot.step} steps` }),
  )
  const title = names.length > 6 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ')
  return row([...earlier, tiles(shown, { labels: names })], { title, caption: caption + said })
}

const share = (probability: number): string =>
  probability > 0.9995 ? 'over 99.9 %' : `${(100 * probability).toFixed(1)} %`

/** What a network takes pictures for; nothing where it does not classify. */
export async function judge(net: Network, pixels: Tensor): Promise<Judgement[]> {
  const [height, width] = net.preprocessing.size
  if (net.classes.length === 0 || pixels.shape[2] !== height || pixels.shape[3] !== width) return []
  const { data } = await net.scoresOf(pixels)
  const count = net.classes.length
  return Array.from({ length: pixels.shape[0]! }, (_, i) => {
    const scores = data.subarray(i * count, (i + 1) * count)
    const most = scores.reduce((a, b) => Math.max(a, b))
    const index = scores.indexOf(most)
    const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0)
    return { class: net.className(index), index, probability: 1 / total }
  })
}
