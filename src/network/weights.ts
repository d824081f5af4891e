/** Finding, fetching and reading pretrained weights. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { download, type DownloadProgress } from './download.js'
import { unknownName } from './names.js'
import { readSafeTensors, type SafeTensors } from './safetensors.js'
import { readTorchFile } from './torch-file.js'

/** Where PyTorch keeps torchvision's weights. */
const OFFICIAL = 'https://download.pytorch.org/models'

/**
 * torchvision's files of the weights IMAGENET1K_V1. The digits before `.pth` begin the file's SHA-256.
 * (Those of efficientnet_b0 were wrong, 3dd342df, before torchvision 0.16.1.)
 */
const files: Record<string, string> = {
  alexnet: 'alexnet-owt-7be5be79.pth',
  convnext_tiny: 'convnext_tiny-983f1562.pth',
  densenet121: 'densenet121-a639ec97.pth',
  efficientnet_b0: 'efficientnet_b0_rwightman-7f5810bc.pth',
  googlenet: 'googlenet-1378be20.pth',
  inception_v3: 'inception_v3_google-0cc3c7bd.pth',
  mnasnet1_0: 'mnasnet1.0_top1_73.512-f206786ef8.pth',
  mobilenet_v2: 'mobilenet_v2-b0353104.pth',
  mobilenet_v3_large: 'mobilenet_v3_large-8738ca79.pth',
  mobilenet_v3_small: 'mobilenet_v3_small-047dcff4.pth',
  resnet101: 'resnet101-63fe2227.pth',
  resnet18: 'resnet18-f37072fd.pth',
  resnet34: 'resnet34-b627a593.pth',
  resnet50: 'resnet50-0676ba61.pth',
  resnext50_32x4d: 'resnext50_32x4d-7cdf4587.pth',
  shufflenet_v2_x1_0: 'shufflenetv2_x1-5666bf0f80.pth',
  squeezenet1_0: 'squeezenet1_0-b66bff10.pth',
  squeezenet1_1: 'squeezenet1_1-b8a52dc0.pth',
  vgg11: 'vgg11-8a719046.pth',
  vgg11_bn: 'vgg11_bn-6002323d.pth',
  vgg13: 'vgg13-19584684.pth',
  vgg13_bn: 'vgg13_bn-abd245e5.pth',
  vgg16: 'vgg16-397923af.pth',
  vgg16_bn: 'vgg16_bn-6c64b313.pth',
  vgg19: 'vgg19-dcbb9e9d.pth',
  vgg19_bn: 'vgg19_bn-c79401a0.pth',
}

export interface WeightsOptions {
  /** The file itself: nothing else is looked at. */
  path?: string
  /** A folder to look in first, or an address to fetch from. Default: the environment's FOVEA_MODELS. */
  models?: string
  /** The folder for what was fetched. Default: {@link cacheFolder}. */
  cache?: string
  /** Called while weights are fetched. */
  onProgress?: DownloadProgress
  /** Ends the fetching; what has arrived is kept for the next time. */
  signal?: AbortSignal
}

/**
 * The file of a network's pretrained weights. It is, in this order: the path that is given;
 * `NAME.safetensors`, `NAME/weights.safetensors`, torchvision's `NAME-DIGEST.pth` or `NAME.pth` in the
 * folder FOVEA_MODELS; the file in the user's cache; fetched into the cache, from the address FOVEA_MODELS
 * or the official one, and checked against the digest in its name.
 *
 * @throws RangeError where no weights of that name are known, naming the nearest; Error where they are not
 *   there and cannot be fetched, saying what was tried and how to put them there by hand.
 * @example const { tensors } = await readWeights(await findWeights('squeezenet1_1'))
 */
export async function findWeights(name: string, options: WeightsOptions = {}): Promise<string> {
  const { path, models = process.env.FOVEA_MODELS, cache = cacheFolder(), ...rest } = options
  if (path !== undefined) {
    if (existsSync(path)) return path
    throw new Error(`the weights of '${name}' are not here: there is no file '${path}'`)
  }
  const file = Object.hasOwn(files, name) ? files[name] : undefined
  const mirrored = models !== undefined && /^https?:\/\//.test(models)
  const tried: string[] = []
  if (models && !mirrored) {
    const names = [`${name}.safetensors`, join(name, 'weights.safetensors'), file, `${name}.pth`]
    const candidates = names.filter((candidate) => candidate !== undefined)
    const found = candidates.map((candidate) => join(models, candidate)).find(existsSync)
    if (found) return found
    tried.push(`the folder ${models} (FOVEA_MODELS) holds none of ${candidates.join(', ')}`)
  }

  if (!file) throw unknownName('pretrained network', name, Object.keys(files))
  const cached = join(cache, file)
  if (existsSync(cached)) return cached
  tried.push(`there is no ${cached}`)
  const url = `${mirrored ? models.replace(/\/+$/, '') : OFFICIAL}/${file}`
  try {
    await download(url, cached, { digest: digestIn(file), ...rest })
    return cached
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    tried.push((error as Error).message)
    throw new Error(
      `the weights of '${name}' are not here and could not be fetched:\n` +
        tried.map((line) => `  - ${line}\n`).join('') +
        `To put them there by hand, get ${OFFICIAL}/${file} and copy it to ${cache}, or to a folder ` +
        `that the environment variable FOVEA_MODELS names; or pass { weights: 'FILE' }`,
      { cause: error },
    )
  }
}

/**
 * Reads the weights in a `.safetensors` file or in a PyTorch checkpoint; the content tells which it is.
 *
 * @throws Error where the file is missing, damaged or neither of the two, naming it.
 * @example const { tensors } = await readWeights('resnet18-f37072fd.pth')
 */
export async function readWeights(file: string): Promise<SafeTensors> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message
    throw new Error(`cannot read the weights in '${file}': ${why}`, { cause: error })
  })
  // A safetensors file has a JSON object after the eight bytes of its length.
  if (bytes[8] === 0x7b || file.endsWith('.safetensors')) return readSafeTensors(bytes, file)
  return { tensors: readTorchFile(bytes, file), metadata: {} }
}

/** The folder for what was fetched: where the user's system keeps caches. */
export function cacheFolder(
  platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'fovea')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'fovea')
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fovea')
}

function digestIn(file: string): string {
  const [, digest] = /-([0-9a-f]{8,64})\.pth$/.exec(file) ?? []
  if (!digest) throw new Error(`the name of ${file} holds no digest`)
  return digest
}
