/** Tensors of graphs to tensors of tf, and back. */
import { type ElementType, elementTypes, type TypedTensor } from '../../network/graph.js'
import { tfTypes } from './element-types.js'
import { type Tensor, tf } from './tf.js'

const clamp = (value: number): number => Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)

/** Whole numbers beyond int32 become its bounds: in graphs they mean 'to the end'. */
export function tensorOf({ type, shape, data }: TypedTensor): Tensor {
  const target = tfTypes[type]
  if (target === 'bool') return tf.tensor(Uint8Array.from(data as Uint8Array), shape, 'bool')
  if (target === 'int32')
    return tf.tensor(
      Int32Array.from(data as ArrayLike<number | bigint>, (n) => clamp(Number(n))),
      shape,
      'int32',
    )
  const values = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>)
  return tf.tensor(values, shape, 'float32')
}

/** The numbers of a tensor, in the type that the graph gives them. */
export function typedTensor(tensor: Tensor, type: ElementType): TypedTensor {
  const values = tensor.dataSync()
  const data = elementTypes[type].view(new ArrayBuffer(values.length * elementTypes[type].bytes))
  if (data instanceof BigInt64Array) values.forEach((n, i) => (data[i] = BigInt(n)))
  else data.set(values)
  return { type, shape: [...tensor.shape], data }
}
