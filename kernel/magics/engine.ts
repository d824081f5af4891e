import type * as Fovea from '../../src/index.js'
import type { Provider } from '../../src/engine/onnx.js'
import type { Backend } from '../../src/engine/tensorflow/backend.js'
import { nearest } from '../nearest.js'
import { defineMagic, type MagicContext, UsageError, words } from './core/magic.js'

/** What each engine can compute on; written down here since the front process loads no engine. */
export const providers = {
  onnx: ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'],
  tensorflow: ['plain', 'wasm', 'node', 'node-gpu'],
} as const satisfies { onnx: readonly Provider[]; tensorflow: readonly Backend[] }

type Choice = { name: 'onnx'; provider?: Provider } | { name: 'tensorflow'; provider?: Backend }

export const engine = defineMagic({
  name: 'engine',
  kind: 'both',
  usage: ['%engine onnx|tensorflow [PROVIDER]', '%%engine onnx|tensorflow [PROVIDER]'],
  summary:
    'Chooses what computes the networks that `viz.model` loads, and on what: from here on, or in this cell.',
  example: "%%engine tensorflow wasm\nconst net = await viz.model('scenes')",
  suggest: ([name, ...more]) =>
    name === undefined
      ? Object.keys(providers)
      : more.length === 0 && isEngine(name)
        ? providers[name]
        : [],
  parse(text): Choice {
    const [name = '', provider, more] = words(text)
    if (!isEngine(name)) throw unknown('engine', name, Object.keys(providers))
    if (more !== undefined) throw new UsageError(`'${more}' is too much`)
    if (provider === undefined) return { name }
    const known: readonly string[] = providers[name]
    if (!known.includes(provider)) throw unknown(`provider of ${name}`, provider, known)
    return { name, provider } as Choice
  },
  run: (choice, context) => void choose(choice, context),
  around(choice, context) {
    const before = libraryOf(context).viz.engine()
    choose(choice, context)
    return () => void libraryOf(context).viz.engine(before)
  },
})

function isEngine(name: string): name is keyof typeof providers {
  return Object.hasOwn(providers, name)
}

function unknown(what: string, name: string, known: readonly string[]): UsageError {
  if (!name) return new UsageError(`the name of the engine is missing: ${known.join(' or ')}`)
  const near = nearest(name, known)
  const hint = near ? ` Did you mean '${near}'?` : ''
  return new UsageError(`there is no ${what} '${name}', but ${known.join(', ')}.${hint}`)
}

function libraryOf({ require }: MagicContext): typeof Fovea {
  return require('fovea') as typeof Fovea
}

function choose(choice: Choice, context: MagicContext): void {
  const { viz, onnxEngine, tensorflowEngine } = libraryOf(context)
  if (choice.provider === undefined) viz.engine(choice.name)
  else if (choice.name === 'onnx') viz.engine(onnxEngine({ provider: choice.provider }))
  else viz.engine(tensorflowEngine({ backend: choice.provider }))
}
