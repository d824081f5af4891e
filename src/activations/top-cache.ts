/** Results of {@link topUnits} in the user's cache: a file for each network, layer and data set. */
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../image/files.js'
import { readSafeTensors, writeSafeTensors } from '../network/safetensors.js'
import { cacheFolder } from '../network/weights.js'
import type { TopUnits } from './top-units.js'

/** Raised when the meaning of what is kept changes. */
const format = 1

/** What was kept under a key, undefined where there is nothing, or nothing that can be read. */
export async function keptTop(key: string, folder?: string): Promise<TopUnits | undefined> {
  try {
    const { tensors } = readSafeTensors(await readFile(fileOf(key, folder)))
    const [values, pictures] = [tensors.get('values'), tensors.get('pictures')]
    if (!(values?.data instanceof Float32Array && pictures?.data instanceof Int32Array))
      return undefined
    if (values.data.length !== pictures.data.length || values.shape.length !== 2) return undefined
    return { values: { data: values.data, shape: values.shape }, pictures: pictures.data }
  } catch {
    return undefined
  }
}

/** Keeps a result for other sessions. Where that is not possible, they find it themselves. */
export async function keepTop(
  key: string,
  { values, pictures }: TopUnits,
  folder?: string,
): Promise<void> {
  const file = fileOf(key, folder)
  const bytes = writeSafeTensors(
    new Map([
      ['values', { type: 'float32', ...values }],
      ['pictures', { type: 'int32', data: pictures, shape: values.shape }],
    ]),
  )
  try {
    await mkdir(join(file, '..'), { recursive: true })
    await writeWhole(file, bytes)
  } catch {
    // no folder that can be written
  }
}

const fileOf = (key: string, folder = cacheFolder()): string =>
  join(
    folder,
    'patches',
    `${createHash('sha256').update(`${format}:${key}`).digest('hex').slice(0, 24)}.safetensors`,
  )
