import type { Engine } from '../src/engine/engine.js'
import { engines } from '../src/engine/engines.js'

/**
 * A group of tests, once for each engine: what is computed must not depend on what computes it.
 *
 * @example
 *   onEveryEngine('saliency', (engine) => {
 *     it('…', async () => { const net = await toyNetwork([3, 4, 4], layers, { engine }) … })
 *   })
 */
export function onEveryEngine(title: string, tests: (engine: Engine) => void): void {
  for (const engine of Object.values(engines))
    describe(`${title} [${engine.name}]`, () => tests(engine))
}
