import { existsSync } from 'node:fs'
import { access, constants, readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheFolder } from '../../src/network/weights.js'
import { absent, bad, type Check, good, type Group, size } from './check.js'

/** The weights of VGG-16, the largest of torchvision's that are fetched by name, and room to unpack. */
const LITTLE_SPACE = 2 ** 30

/** Where weights are kept. */
export async function storage(): Promise<Group> {
  const folder = cacheFolder()
  const names = await readdir(folder).catch(() => undefined)
  let bytes = 0
  for (const name of names ?? []) bytes += (await stat(join(folder, name))).size
  const content = names ? `${names.length} files, ${size(bytes)}` : 'not there yet'
  return { title: 'Models', checks: [await cache(folder, content), ...models()] }
}

async function cache(folder: string, content: string): Promise<Check> {
  const existing = nearestExisting(folder)
  const { bavail, bsize } = await statfs(existing)
  const free = bavail * bsize
  const detail = `${folder} (${content}); ${size(free)} free on the disk`
  const mayWrite = await access(existing, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!mayWrite) return bad('Cache', detail, `${existing} may not be written`)
  return free < LITTLE_SPACE
    ? bad('Cache', detail, `weights need up to ${size(LITTLE_SPACE)}: free some space`)
    : good('Cache', detail)
}

function models(): Check[] {
  const { FOVEA_MODELS: models } = process.env
  if (!models) return [absent('FOVEA_MODELS', 'not set: weights are fetched on first use')]
  if (/^https?:/.test(models)) return [good('FOVEA_MODELS', models)]
  return [
    existsSync(models)
      ? good('FOVEA_MODELS', models)
      : bad('FOVEA_MODELS', `${models} is not there`, 'set it to a folder of weights, or unset it'),
  ]
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder
    ? folder
    : nearestExisting(dirname(folder))
}
