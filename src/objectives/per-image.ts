import { Objective } from './objective.js'

/**
 * An objective of its own for each image of a batch.
 *
 * @param objectives As many as there are images.
 * @throws RangeError for an empty list; when it is used, where there are more or fewer images.
 * @example await optimise(net, { of: perImage([classScore('cat'), channel('conv5', 17)]), images: 2 })
 */
export function perImage(objectives: readonly Objective[]): Objective {
  if (objectives.length === 0) throw new RangeError('name an objective for each image')
  return new Objective({
    key: `perImage([${objectives.map(({ key }) => key).join(', ')}])`,
    code: `perImage([${objectives.map((objective) => objective.toString()).join(', ')}])`,
    describe: (names, image) => objectives[image]!.describe(names, image),
    parameters: objectives.flatMap(({ feeds }) => feeds),
    build(b, subject, parameters) {
      let from = 0
      const values = objectives.map((objective, image) => {
        const fed = parameters.slice(from, (from += objective.feeds.length))
        const value = objective.build(b, subject, fed)
        const [images] = b.shape(value)
        if (images !== objectives.length)
          throw new RangeError(`${objectives.length} objectives for ${images} images`)
        return b.add('Gather', [value, b.integers([image])], { axis: 0 })
      })
      return b.add('Concat', values, { axis: 0 })
    },
  })
}
