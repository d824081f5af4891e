/** The attacks by name: those that keep within a budget, and those that look for the smallest change. */
import { unknownName } from '../../network/names.js'
import type { Network } from '../../network/network.js'
import type { Attack } from './attack.js'
import { boundary, type BoundaryOptions } from './boundary.js'
import { carliniWagner, type CarliniWagnerOptions } from './carlini-wagner.js'
import { deepFool, type DeepFoolOptions } from './deepfool.js'
import { fgsm, type FgsmOptions } from './fgsm.js'
import { nes, type NesOptions } from './nes.js'
import { onePixel, type OnePixelOptions } from './one-pixel.js'
import { bim, type BimOptions, pgd, type PgdOptions } from './pgd.js'
import type { AttackInput } from './pixel-model.js'

/** Attacks within a fixed budget, by name, and their options. */
export interface BudgetAttacks {
  fgsm: FgsmOptions
  bim: BimOptions
  pgd: PgdOptions
  nes: NesOptions
  'one-pixel': OnePixelOptions
}

/** Attacks that look for the smallest perturbation, by name, and their options. */
export interface MinimalAttacks {
  deepfool: DeepFoolOptions
  'carlini-wagner': CarliniWagnerOptions
  boundary: BoundaryOptions
}

type Run<Options> = (net: Network, input: AttackInput, options?: Options) => Promise<Attack>

const withinBudget: { [M in keyof BudgetAttacks]: Run<BudgetAttacks[M]> } = {
  fgsm,
  bim,
  pgd,
  nes,
  'one-pixel': onePixel,
}

const smallest: { [M in keyof MinimalAttacks]: Run<MinimalAttacks[M]> } = {
  deepfool: deepFool,
  'carlini-wagner': carliniWagner,
  boundary,
}

/**
 * An attack within a fixed budget, by its name: 'fgsm', 'bim', 'pgd', 'nes' (black box) or 'one-pixel'.
 *
 * @throws RangeError for an unknown name, naming the nearest, and as the attack itself does.
 * @example await attackWithinBudget(net, photo, 'pgd', { epsilon: 4 / 255 })
 */
export async function attackWithinBudget<M extends keyof BudgetAttacks>(
  net: Network,
  input: AttackInput,
  method: M,
  options?: BudgetAttacks[M],
): Promise<Attack> {
  if (!Object.hasOwn(withinBudget, method))
    throw unknownAttack(method, withinBudget, smallest, 'minimalAttack')
  return withinBudget[method](net, input, options)
}

/**
 * An attack that looks for the smallest perturbation, by its name: 'deepfool', 'carlini-wagner', or 'boundary'
 * (black box).
 *
 * @throws RangeError for an unknown name, naming the nearest, and as the attack itself does.
 * @example (await minimalAttack(net, photo, 'deepfool')).outcomes[0].norms.l2
 */
export async function minimalAttack<M extends keyof MinimalAttacks>(
  net: Network,
  input: AttackInput,
  method: M,
  options?: MinimalAttacks[M],
): Promise<Attack> {
  if (!Object.hasOwn(smallest, method))
    throw unknownAttack(method, smallest, withinBudget, 'attack')
  return smallest[method](net, input, options)
}

function unknownAttack(name: string, mine: object, others: object, verb: string): Error {
  if (Object.hasOwn(others, name)) {
    const has = verb === 'attack' ? 'keeps within a fixed budget' : 'looks for the smallest change'
    return new RangeError(`'${name}' ${has}: say .${verb}('${name}')`)
  }
  return unknownName('attack', name, Object.keys(mine))
}
