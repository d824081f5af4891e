/** `fovea install`: makes the kernel known to Jupyter. */
import { join } from 'node:path'
import { installKernelspec, KernelspecError, readKernelspec, temporaryPlace } from '../install.js'
import { dataFolders } from '../jupyter-folders.js'
import { nameAndValue, readArguments, refuseArguments, UsageError } from './command.js'
import { dataFolder, placeHelp, placeOptions } from './kernelspec-place.js'

export const help = `Usage: fovea install [options]

Makes the kernel known to Jupyter: JupyterLab, Jupyter Notebook, VS Code, jupyter console.
No Python is needed for it.

Options:
${placeHelp}
  --display-name TEXT   what front-ends show (default 'Fovea (TypeScript)')
  --env NAME=VALUE      an environment variable of the kernel; may be repeated

Examples:
  fovea install
  fovea install --sys-prefix
  fovea install --name fovea-cuda --display-name 'Fovea on the GPU' --env CUDA_VISIBLE_DEVICES=0
`

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...placeOptions,
    'display-name': { type: 'string' },
    env: { type: 'string', multiple: true },
  })
  refuseArguments(positionals)
  const { name = 'fovea', 'display-name': displayName, env = [] } = values
  if (displayName?.trim() === '') throw new UsageError('--display-name: a text was expected')
  const data = await dataFolder(values)
  const folder = await installKernelspec(data, {
    name,
    displayName,
    env: Object.fromEntries(env.map((variable) => nameAndValue(variable, '--env'))),
  }).catch(explain)
  const spec = await readKernelspec(folder)
  console.log(`The kernel "${spec?.display_name}" is installed in ${folder}`)

  const temporary = await temporaryPlace()
  if (temporary)
    console.error(
      `Warning: this copy of Fovea lies in ${temporary}; the kernel will then no longer start.\n` +
        "Install Fovea where it stays ('npm install -g fovea'), then run 'fovea install' again.",
    )
  const first = await firstKernelspec(name)
  if (first !== undefined && first !== folder)
    console.error(
      dataFolders().includes(data)
        ? `Warning: Jupyter takes another kernelspec of this name first, the one in ${first}`
        : `Note: for the Jupyter of this environment there is another one in ${first}`,
    )
  return 0
}

async function firstKernelspec(name: string): Promise<string | undefined> {
  for (const data of dataFolders()) {
    const folder = join(data, 'kernels', name)
    if (await readKernelspec(folder)) return folder
  }
  return undefined
}

/** What the user can do something about is told as such. */
export function explain(error: unknown): never {
  if (error instanceof KernelspecError) throw new UsageError(error.message)
  const { code, path } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    throw new UsageError(`${path} may not be written here; --user needs no permission`)
  if (code === 'ENOTDIR' || code === 'EEXIST')
    throw new UsageError(`${path} cannot be made: a file is where a folder was expected`)
  throw error
}
