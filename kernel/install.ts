/** The kernelspec, by which Jupyter's front-ends find the kernel. No Python is needed for it. */
import { readdir, readFile, realpath, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { createCanvas, loadImage } from 'canvas'
import { packageFolder } from './preloaded.js'
import { writeWhole } from './write-whole.js'

export interface KernelspecOptions {
  /** The name that notebooks and `jupyter console --kernel` use. Default 'fovea'. */
  name?: string
}

export interface InstallOptions extends KernelspecOptions {
  /** What front-ends show. Default 'Fovea (TypeScript)'. */
  displayName?: string
  /** Environment variables of the kernel, beside those of the front-end. Default none. */
  env?: Record<string, string>
}

/** `kernel.json`, as far as it is of interest here. */
export interface Kernelspec {
  argv: string[]
  display_name: string
  language: string
  interrupt_mode?: string
  env?: Record<string, string>
  metadata?: { fovea?: { version: string }; [key: string]: unknown }
}

/** Something stands in the way that the user can do something about. */
export class KernelspecError extends Error {
  override readonly name = 'KernelspecError'
}

const SPEC = 'kernel.json'
const DRAWING = 'logo-svg.svg'
const LOGO_SIZES = [32, 64]
const FILES = [SPEC, DRAWING, ...LOGO_SIZES.map(logoFile)]

/** The command that the kernelspec starts. */
export const commandFile = join(packageFolder, 'dist', 'kernel', 'cli.js')

/**
 * Writes the kernelspec and its logos.
 *
 * @param data a data folder of Jupyter, as `userDataFolder()` finds it.
 * @returns the folder of the kernelspec.
 * @throws KernelspecError for a name that Jupyter does not take, or that another kernel has.
 * @example await installKernelspec(userDataFolder())
 */
export async function installKernelspec(
  data: string,
  { name = 'fovea', displayName = 'Fovea (TypeScript)', env = {} }: InstallOptions = {},
): Promise<string> {
  const folder = kernelspecFolder(data, name)
  const present = await readKernelspec(folder)
  if (present && !isOurs(present)) throw notOurs(folder, present)
  const spec: Kernelspec = {
    argv: [process.execPath, commandFile, 'kernel', '{connection_file}'],
    display_name: displayName,
    language: 'typescript',
    interrupt_mode: 'message',
    ...(Object.keys(env).length > 0 && { env }),
    metadata: { debugger: false, fovea: { version: await packageVersion() } },
  }
  const drawing = await readFile(join(packageFolder, 'kernel', 'logo', DRAWING))
  await writeWhole(join(folder, DRAWING), drawing)
  for (const size of LOGO_SIZES)
    await writeWhole(join(folder, logoFile(size)), await drawLogo(drawing, size))
  // Last: Jupyter takes no notice of a folder without it.
  await writeWhole(join(folder, SPEC), `${JSON.stringify(spec, null, 2)}\n`)
  return folder
}

/**
 * Removes what `installKernelspec` wrote, and nothing else.
 *
 * @returns the folder, and the files in it that are not Fovea's and were kept, if any.
 * @throws KernelspecError where there is no kernelspec of that name, or where it is not Fovea's.
 */
export async function uninstallKernelspec(
  data: string,
  { name = 'fovea' }: KernelspecOptions = {},
): Promise<{ folder: string; kept: string[] }> {
  const folder = kernelspecFolder(data, name)
  const present = await readKernelspec(folder)
  if (!present) throw new KernelspecError(`there is no kernelspec in ${folder}`)
  if (!isOurs(present)) throw notOurs(folder, present)
  for (const file of FILES) await rm(join(folder, file), { force: true })
  const kept = await readdir(folder)
  if (kept.length === 0) await rmdir(folder)
  return { folder, kept }
}

/** The kernelspec in a folder; nothing where there is none that can be read. */
export async function readKernelspec(folder: string): Promise<Kernelspec | undefined> {
  const text = await readFile(join(folder, SPEC), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const { argv, display_name, ...rest } = JSON.parse(text) as Partial<Kernelspec>
    const words = Array.isArray(argv) ? argv.map(String) : []
    return { language: '', ...rest, argv: words, display_name: String(display_name) }
  } catch {
    return { argv: [], display_name: 'unreadable', language: '' }
  }
}

export function isOurs({ metadata }: Kernelspec): boolean {
  return typeof metadata?.fovea?.version === 'string'
}

/** The names that Jupyter accepts, upper case aside, which it would take for the same. */
export function kernelspecFolder(data: string, name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
    throw new KernelspecError(
      `'${name}' cannot be a kernel's name: small letters, digits, '.', '_' and '-' were expected`,
    )
  return join(data, 'kernels', name)
}

/** Why the kernelspec will dangle before long, if this copy of the package lies where it does not stay. */
export async function temporaryPlace(folder = packageFolder): Promise<string | undefined> {
  const cache = /[\\/](_npx|dlx|dlx-[^\\/]*|bunx-[^\\/]*|xfs-[^\\/]*)[\\/]/.exec(folder)
  if (cache) return "the cache of 'npx' and its like, which is emptied now and then"
  const real = (path: string) => realpath(path).catch(() => path)
  const [temporary, here] = [await real(tmpdir()), await real(folder)]
  return here.startsWith(temporary + sep) ? 'a temporary folder' : undefined
}

export async function packageVersion(): Promise<string> {
  const text = await readFile(join(packageFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function notOurs(folder: string, { display_name }: Kernelspec): KernelspecError {
  return new KernelspecError(
    `${folder} holds the kernelspec of another kernel ('${display_name}'), which is left as it is; ` +
      'give another --name, or remove it by hand',
  )
}

function logoFile(size: number): string {
  return `logo-${size}x${size}.png`
}

async function drawLogo(drawing: Buffer, size: number): Promise<Buffer> {
  const canvas = createCanvas(size, size)
  canvas.getContext('2d').drawImage(await loadImage(drawing), 0, 0, size, size)
  return canvas.encode('png')
}
