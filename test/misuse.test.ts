import { expect } from 'chai'
import { ImageView, LayerView, type Network, UnitView, View, viz } from '../src/index.js'

/** What the runtime says where nobody has looked at what was given. */
const BARE =
  /^Cannot (read|convert|set|destructure|use)|is not (a function|iterable|a constructor)|is undefined|is not defined$/

/**
 * Every verb, given what does not belong there. Long work ends before it begins, since it is told to stop; until
 * then everything is looked at.
 */
describe('what does not belong', () => {
  let net: Network
  const engine = viz.engine()
  before(async () => {
    net = await viz.model('scenes')
    viz.signal = AbortSignal.abort()
  })
  after(() => {
    viz.signal = undefined
    expect(viz.engine(), 'what was chosen before').equal(engine)
  })

  const image = viz.scenes().get(0).image
  const methods = ({ prototype }: { prototype: object }) =>
    Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor')
  const holders: [name: string, make: () => object, verbs: string[]][] = [
    ['viz(net)', () => viz(net), methods(View)],
    ['viz(net).on(image)', () => viz(net).on(image), methods(ImageView)],
    ["viz(net).layer('conv3')", () => viz(net).layer('conv3'), methods(LayerView)],
    ["viz(net).unit('conv3', 3)", () => viz(net).unit('conv3', 3), methods(UnitView)],
    [
      'viz',
      () => viz,
      Object.keys(viz).filter((name) => typeof Reflect.get(viz, name) === 'function'),
    ],
  ]
  const things: Record<string, () => unknown[]> = {
    nothing: () => [],
    'an unknown name': () => ['nonsense'],
    'a number': () => [-1],
    'an object': () => [{ a: 1 }],
    'a list of nothing': () => [[undefined]],
    'a promise': () => [Promise.resolve(3)],
    'a layer, and no name': () => ['conv3', 'nonsense'],
    'an image, and an object': () => [image, { a: 1 }],
    'a list of images, and a number': () => [[image], -1],
  }

  for (const [name, make, verbs] of holders)
    for (const verb of verbs)
      it(`${name}.${verb}`, async function () {
        this.timeout(60_000)
        const holder = make() as Record<string, (...given: unknown[]) => unknown>
        for (const [what, given] of Object.entries(things)) {
          const error = await thrown(async () => holder[verb]!(...given()))
          if (error === undefined) continue
          expect(error, what).instanceOf(Error)
          expect((error as Error).message, what).not.match(BARE)
        }
      })
})

async function thrown(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run()
    return undefined
  } catch (error) {
    return error
  }
}
