import { type ReluRule, reluRules } from '../gradient/relu-rules.js'
import { unknownName } from '../network/names.js'

/** @throws RangeError for an unknown rule, naming the nearest. */
export function checkRule(rule: ReluRule): ReluRule {
  if (Object.hasOwn(reluRules, rule)) return rule
  throw unknownName('rule for rectifiers', String(rule), Object.keys(reluRules))
}
