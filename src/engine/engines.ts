/** The engines by name. */
import { unknownName } from '../network/names.js'
import type { Engine } from './engine.js'
import { onnx } from './onnx.js'
import { tensorflow } from './tensorflow.js'

export const engines = { onnx, tensorflow }
export type EngineName = keyof typeof engines

/**
 * The engine of a name.
 *
 * @throws RangeError for an unknown one, naming the nearest.
 * @example engineByName('tensorflow')
 */
export function engineByName(name: string): Engine {
  if (Object.hasOwn(engines, name)) return engines[name as EngineName]
  throw unknownName('engine', name, Object.keys(engines))
}
