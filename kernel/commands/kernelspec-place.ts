/** Where `install` and `uninstall` find the kernelspec. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import {
  activeEnvironment,
  prefixDataFolder,
  surroundings,
  userDataFolder,
} from '../jupyter-folders.js'
import { UsageError } from './command.js'

export const placeOptions = {
  user: { type: 'boolean' },
  prefix: { type: 'string' },
  'sys-prefix': { type: 'boolean' },
  name: { type: 'string' },
} as const

export const placeHelp = `  --user           for the current user (the default)
  --prefix DIR     below DIR/share/jupyter, as for a system or a container
  --sys-prefix     in the active environment of Python, virtual or of conda; where none is
                   active, in that of the Python on the PATH
  --name NAME      the kernel's name (default fovea)`

export interface Place {
  user?: boolean
  prefix?: string
  'sys-prefix'?: boolean
}

/** The data folder of Jupyter that the options name. */
export async function dataFolder(place: Place): Promise<string> {
  const { user, prefix, 'sys-prefix': sysPrefix } = place
  if ([user, prefix !== undefined, sysPrefix].filter(Boolean).length > 1)
    throw new UsageError('give one of --user, --prefix and --sys-prefix, not more')
  if (prefix === '') throw new UsageError('--prefix: the path of a folder was expected')
  if (prefix !== undefined) return prefixDataFolder(resolve(prefix))
  if (!sysPrefix) return resolve(userDataFolder())
  const found = activeEnvironment() ?? (await pythonPrefix())
  if (found === undefined)
    throw new UsageError(
      '--sys-prefix: no environment is active (VIRTUAL_ENV and CONDA_PREFIX are not set) and there ' +
        'is no Python on the PATH; activate one, or give --prefix DIR',
    )
  return prefixDataFolder(found)
}

/** What the Python on the PATH calls `sys.prefix`. */
export async function pythonPrefix(): Promise<string | undefined> {
  const names = surroundings.platform === 'win32' ? ['python', 'py'] : ['python3', 'python']
  for (const name of names) {
    try {
      const program = 'import sys; print(sys.prefix)'
      const { stdout } = await promisify(execFile)(name, ['-c', program], { timeout: 10_000 })
      if (stdout.trim()) return stdout.trim()
    } catch {
      // the next
    }
  }
  return undefined
}
