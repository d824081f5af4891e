/**
 * Reading the weights in PyTorch's checkpoints, `.pth` and `.pt`: a pickle that describes the tensors, and
 * beside it their numbers. The pickle is read by a machine that knows tensors and dicts alone; nothing in
 * the file is ever executed.
 */
import { sizeOf } from '../engine/tensor.js'
import { FormatError } from './format-error.js'
import { type ElementArray, type ElementType, elementTypes, type TypedTensor } from './graph.js'
import { type PickleFunction, Unpickler } from './pickle.js'
import { Zip } from './zip.js'

/** How a storage of PyTorch keeps its numbers, and what they become here. */
class StorageType {
  constructor(
    readonly bytes: number,
    readonly type: ElementType,
    readonly view: (buffer: ArrayBuffer) => ElementArray = elementTypes[type].view,
  ) {}
}

const plain = (type: ElementType): StorageType => new StorageType(elementTypes[type].bytes, type)

const storageTypes: Record<string, StorageType> = {
  DoubleStorage: plain('float64'),
  FloatStorage: plain('float32'),
  HalfStorage: plain('float16'),
  BFloat16Storage: new StorageType(2, 'float32', fromBfloat16),
  LongStorage: plain('int64'),
  IntStorage: plain('int32'),
  ShortStorage: new StorageType(2, 'int32', (buffer) => Int32Array.from(new Int16Array(buffer))),
  CharStorage: plain('int8'),
  ByteStorage: plain('uint8'),
  BoolStorage: plain('bool'),
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(buffer: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer)
}

/** A run of numbers that tensors are views of; `offset` and `size` count numbers. */
class Storage {
  constructor(
    readonly key: string,
    readonly type: StorageType,
    readonly size: number,
    /** The part of it that is meant, where that is not all of it. */
    readonly offset = 0,
    readonly end = size,
  ) {}
}

/** A tensor as the pickle describes it: a view of a storage. All but `storage` count numbers. */
class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** PyTorch's own limit on the number of dimensions. */
const MAX_DIMENSIONS = 64

function rebuildTensor([storage, offset, shape, strides, , , flags]: readonly unknown[]): unknown {
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
    throw new FormatError('a tensor of it has a place, shape or strides that are none')
  if (shape.length !== strides.length || shape.length > MAX_DIMENSIONS)
    throw new FormatError(
      `a tensor of it has ${shape.length} dimensions and ${strides.length} strides`,
    )
  if (flags instanceof Map && [...flags.values()].some(Boolean))
    throw new FormatError('a tensor of it is lazily negated or conjugated, which is not supported')
  return new StoredTensor(storage, offset, shape, strides)
}

const first: PickleFunction = ([value = null]) => value
const dict: PickleFunction = ([content]) => {
  if (content instanceof Map) return content
  const pairs = Array.isArray(content) ? content.filter(isPair) : []
  return new Map<unknown, unknown>(pairs)
}

/** All that the pickle of a checkpoint may refer to: what real ones do, and nothing that acts. */
const globals = new Map<string, unknown>([
  ['collections.OrderedDict', dict],
  ['collections.Counter', dict],
  ['collections.defaultdict', () => new Map()],
  ['builtins.dict', dict],
  ['builtins.set', ([items = []]: readonly unknown[]) => items],
  ['builtins.frozenset', ([items = []]: readonly unknown[]) => items],
  ['_codecs.encode', first],
  ['torch.Size', first],
  ['torch.device', first],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', first],
  ['torch._utils._rebuild_parameter_with_state', first],
  ['torch.nn.parameter.Parameter', first],
])
for (const [name, type] of Object.entries(storageTypes)) {
  globals.set(`torch.${name}`, type)
  globals.set(`torch.cuda.${name}`, type)
}

/** What a file holds: its object, and the bytes of its storages. */
interface Checkpoint {
  root: unknown
  bytesOf: (storage: Storage) => Uint8Array | undefined
}

/**
 * Reads the weights in a checkpoint that PyTorch wrote with `torch.save`, in the zip format or the one
 * before 1.6.
 *
 * The tensors are looked for in the file's dict, or in a dict within it as training scripts write them:
 * `{ state_dict: {…}, epoch: 3 }`. Tensors are gathered where they are strided views; bfloat16 becomes
 * float32 and int16 int32. The prefixes `module.` of DataParallel and `_orig_mod.` of torch.compile are
 * removed where every name has them.
 *
 * @param file What messages call it: its path.
 * @throws Error where the file is damaged or of another kind, where it refers to anything but tensors and
 *   plain data, where a tensor does not lie within its storage.
 * @example const weights = readTorchFile(await readFile('resnet18-f37072fd.pth'), 'resnet18-f37072fd.pth')
 */
export function readTorchFile(bytes: Uint8Array, file = 'the file'): Map<string, TypedTensor> {
  try {
    // A Buffer's slice() would be a view, an array's is a copy.
    const all = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const zipped = all[0] === 0x50 && all[1] === 0x4b
    const { root, bytesOf } = zipped ? readZipped(all) : readStream(all)
    const stored = withoutPrefix(findTensors(root))
    return gatherAll(stored, bytesOf, all.length)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const message = `${file} cannot be read as PyTorch weights: ${error.message}`
    throw new Error(message, { cause: error })
  }
}

/** Since PyTorch 1.6: a zip archive of `NAME/data.pkl` and one entry `NAME/data/KEY` a storage. */
function readZipped(bytes: Uint8Array): Checkpoint {
  const zip = new Zip(bytes)
  const entry = zip.names.find((name) => /(^|\/)data\.pkl$/.test(name))
  if (!entry) throw new FormatError('it is a zip archive without the entry data.pkl')
  const folder = entry.slice(0, -'data.pkl'.length)
  if (zip.names.includes(`${folder}constants.pkl`))
    throw new FormatError(
      'it is a TorchScript program; save its weights: torch.save(program.state_dict(), FILE)',
    )
  const order = zip.get(`${folder}byteorder`)
  if (order && Buffer.from(order).toString() !== 'little')
    throw new FormatError('it was written on a big-endian machine, which is not supported')

  const pickle = zip.get(entry) ?? new Uint8Array()
  const root = new Unpickler(pickle, {
    globals,
    persistent: (id) => {
      const [kind, type, key, , size] = isList(id) ? id : []
      if (kind !== 'storage' || !(type instanceof StorageType) || !isKey(key) || !isCount(size))
        throw new FormatError('a storage of it is described by what is no description')
      return new Storage(key, type, size)
    },
  }).load()
  return { root, bytesOf: (storage) => zip.get(`${folder}data/${storage.key}`) }
}

/** The number that the older format begins with, and its version. */
const MAGIC = 0x1950a86a20f9469cfc6cn
const PROTOCOL = 1001

/**
 * Before PyTorch 1.6: five pickles (magic number, version, the machine it was written on, the object, the
 * keys of its storages), then each storage as the count of its numbers and the numbers.
 */
function readStream(bytes: Uint8Array): Checkpoint {
  const types = new Map<string, StorageType>()
  const unpickler = new Unpickler(bytes, {
    globals,
    persistent: (id) => {
      const [kind, type, key, , size, part] = isList(id) ? id : []
      if (kind !== 'storage' || !(type instanceof StorageType) || !isKey(key) || !isCount(size))
        throw new FormatError('a storage of it is described by what is no description')
      types.set(key, type)
      const [, offset, count] = isList(part) ? part : []
      return isCount(offset) && isCount(count)
        ? new Storage(key, type, size, offset, offset + count)
        : new Storage(key, type, size)
    },
  })
  if (bytes[0] !== 0x80 || unpickler.load() !== MAGIC)
    throw new FormatError('it begins neither as a zip archive nor as the older format does')
  const version = unpickler.load()
  if (version !== PROTOCOL) throw new FormatError(`it is of version ${printed(version)}`)
  const machine = unpickler.load()
  if (machine instanceof Map && machine.get('little_endian') === false)
    throw new FormatError('it was written on a big-endian machine, which is not supported')
  const root = unpickler.load()
  const keys = unpickler.load()
  if (!isList(keys)) throw new FormatError('its list of storages is none')

  const storages = new Map<string, Uint8Array>()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = unpickler.position
  for (const key of keys) {
    const type = isKey(key) ? types.get(key) : undefined
    if (!isKey(key) || !type)
      throw new FormatError('its list of storages names one that no tensor uses')
    const begin = at + 8
    const end =
      begin <= bytes.length ? begin + type.bytes * Number(view.getBigInt64(at, true)) : NaN
    if (!(end >= begin && end <= bytes.length))
      throw new FormatError(`its storage '${key}' does not lie within the file, which is cut short`)
    storages.set(key, bytes.subarray(begin, end))
    at = end
  }
  if (at !== bytes.length)
    throw new FormatError(`${bytes.length - at} bytes of it belong to nothing`)
  return { root, bytesOf: ({ key }) => storages.get(key) }
}

/** Under what training scripts keep the weights, in the order in which they are preferred. */
const usualNames = ['state_dict', 'model_state_dict', 'model', 'net', 'weights', 'params']

/** Dicts within dicts are searched so deep. */
const MAX_DEPTH = 4

/** The tensors of a checkpoint's dict, or of the dict within it that holds the weights. */
function findTensors(root: unknown): Map<string, StoredTensor> {
  if (root instanceof StoredTensor) throw new FormatError('it holds one tensor, which has no name')
  if (!(root instanceof Map)) throw new FormatError('it holds no dict of tensors')
  const groups: { path: string[]; tensors: Map<string, StoredTensor> }[] = []
  const seen = new Set<unknown>([root])
  let level: { path: string[]; dict: Map<unknown, unknown> }[] = [{ path: [], dict: root }]
  while (level.length > 0) {
    const next: typeof level = []
    for (const { path, dict } of level) {
      const tensors = new Map<string, StoredTensor>()
      for (const [name, value] of dict) {
        if (typeof name !== 'string') continue
        if (value instanceof StoredTensor) tensors.set(name, value)
        if (!(value instanceof Map) || seen.has(value) || path.length === MAX_DEPTH) continue
        seen.add(value)
        next.push({ path: [...path, name], dict: value })
      }
      if (tensors.size > 0) groups.push({ path, tensors })
    }
    level = next
  }

  for (const usual of usualNames) {
    const found = groups.filter(({ path }) => path.includes(usual))
    if (found[0] && found.length === 1) return found[0].tensors
  }
  const [shallowest] = groups
  if (!shallowest) throw new FormatError('it holds no tensors by name')
  if (groups.length === 1 || shallowest.path.length === 0) return shallowest.tensors
  throw new FormatError(
    `it holds several dicts of tensors (${groups.map(({ path }) => path.join(' → ')).join(', ')}), and ` +
      `which are the weights does not show; save them alone: torch.save(model.state_dict(), FILE)`,
  )
}

function withoutPrefix(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const prefix = /^(module\.|_orig_mod\.)+/
  if (![...tensors.keys()].every((name) => prefix.test(name))) return tensors
  return new Map([...tensors].map(([name, tensor]) => [name.replace(prefix, ''), tensor]))
}

/** What tensors may hold more than the file, which a broadcast one (stride 0) does, in bytes. */
const SLACK = 2 ** 24

/** The numbers of each tensor, out of the storages. */
function gatherAll(
  tensors: ReadonlyMap<string, StoredTensor>,
  bytesOf: Checkpoint['bytesOf'],
  fileSize: number,
): Map<string, TypedTensor> {
  let total = 0
  const storages = new Map<string, Uint8Array>()
  const gathered = new Map<string, TypedTensor>()
  for (const [name, { storage, offset, shape, strides }] of tensors) {
    const { type, key } = storage
    const bytes = storages.get(key) ?? bytesOf(storage)
    if (bytes?.length !== storage.size * type.bytes)
      throw new FormatError(
        `the storage of '${name}' should have ${storage.size * type.bytes} bytes, but ` +
          (bytes ? `has ${bytes.length}` : 'is missing'),
      )
    storages.set(key, bytes)
    const start = storage.offset + offset
    const last = shape.reduce((at, size, axis) => at + (size - 1) * (strides[axis] ?? 0), start)
    const empty = shape.includes(0)
    if (!empty && last >= Math.min(storage.size, storage.end))
      throw new FormatError(
        `'${name}' of shape [${shape.join(', ')}] reaches beyond its storage of ${storage.size} numbers`,
      )
    total += empty ? 0 : sizeOf(shape) * type.bytes
    if (!(total <= 4 * fileSize + SLACK))
      throw new FormatError(
        `its tensors unfold to far more than the file: '${name}' of it is broadcast`,
      )
    const numbers = empty ? new ArrayBuffer(0) : gather(bytes, type.bytes, start, shape, strides)
    gathered.set(name, { type: type.type, shape: [...shape], data: type.view(numbers) })
  }
  return gathered
}

/** A strided view in row-major order, as bytes of its own. `width` is the size of a number. */
function gather(
  storage: Uint8Array,
  width: number,
  start: number,
  shape: readonly number[],
  strides: readonly number[],
): ArrayBuffer {
  const axes = shape
    .map((size, axis) => ({ size, stride: strides[axis] ?? 0 }))
    .filter(({ size }) => size > 1)
  let count = 1
  let contiguous = true
  for (const { size, stride } of [...axes].reverse()) {
    contiguous &&= stride === count
    count *= size
  }
  if (contiguous) return storage.slice(start * width, (start + count) * width).buffer

  const numbers = new Uint8Array(count * width)
  let to = 0
  const walk = (axis: number, from: number): void => {
    const { size, stride } = axes[axis] ?? { size: 1, stride: 0 }
    for (let i = 0; i < size; i++, from += stride) {
      if (axis < axes.length - 1) walk(axis + 1, from)
      else
        for (let byte = 0; byte < width; byte++) numbers[to++] = storage[from * width + byte] ?? 0
    }
  }
  walk(0, start)
  return numbers.buffer
}

const isList = (value: unknown): value is unknown[] => Array.isArray(value)

const isPair = (value: unknown): value is [unknown, unknown] => isList(value) && value.length === 2

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

const isCounts = (value: unknown): value is number[] => isList(value) && value.every(isCount)

/** Storages are numbered, by the address they had in the older format. */
const isKey = (value: unknown): value is string => typeof value === 'string' && /^\d+$/.test(value)

const printed = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : 'no number'
