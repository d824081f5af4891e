/**
 * Where Jupyter keeps its data, by the rules of its documentation, without asking Python:
 * https://docs.jupyter.org/en/latest/use/jupyter-directories.html
 */
import { homedir } from 'node:os'
import { posix, win32, type PlatformPath } from 'node:path'

/** What the rules depend on. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
  /** The user's home folder. */
  home: string
}

export const surroundings: Surroundings = {
  env: process.env,
  platform: process.platform,
  home: homedir(),
}

/** Jupyter's folder for the data of one user. */
export function userDataFolder({ env, platform, home }: Surroundings = surroundings): string {
  const paths = pathsOf(platform)
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR
  const platformFolders = isSet(env.JUPYTER_PLATFORM_DIRS)
  switch (platform) {
    case 'darwin':
      return platformFolders
        ? paths.join(home, 'Library', 'Application Support', 'Jupyter')
        : paths.join(home, 'Library', 'Jupyter')
    case 'win32':
      if (platformFolders)
        return paths.join(env.LOCALAPPDATA || paths.join(home, 'AppData', 'Local'), 'Jupyter')
      return env.APPDATA
        ? paths.resolve(env.APPDATA, 'jupyter')
        : paths.join(env.JUPYTER_CONFIG_DIR || paths.join(home, '.jupyter'), 'data')
    default:
      return paths.join(env.XDG_DATA_HOME || paths.join(home, '.local', 'share'), 'jupyter')
  }
}

/** Jupyter's folder for data within an environment or another prefix. */
export function prefixDataFolder(prefix: string, { platform } = surroundings): string {
  return pathsOf(platform).join(prefix, 'share', 'jupyter')
}

/** The active environment of Python, virtual or of conda, if there is one. */
export function activeEnvironment({ env }: Surroundings = surroundings): string | undefined {
  return env.VIRTUAL_ENV || env.CONDA_PREFIX || undefined
}

/**
 * Every folder in which Jupyter looks for data; of two kernelspecs of one name the first is taken.
 *
 * @param prefix Python's own, `sys.prefix`. Default: the active environment's, if there is one.
 */
export function dataFolders(around: Surroundings = surroundings, prefix?: string): string[] {
  const { env, platform } = around
  const paths = pathsOf(platform)
  const python = prefix ?? activeEnvironment(around)
  const system =
    platform === 'win32'
      ? env.PROGRAMDATA
        ? [paths.join(env.PROGRAMDATA, 'jupyter')]
        : []
      : ['/usr/local/share/jupyter', '/usr/share/jupyter']
  const own = [userDataFolder(around), ...pythonUserFolder(around)]
  // A prefix such as /usr is no environment: its folder keeps its place among the system's.
  const environment = (python === undefined ? [] : [prefixDataFolder(python, around)]).filter(
    (folder) => !system.includes(folder),
  )
  const folders = [
    ...(env.JUPYTER_PATH?.split(paths.delimiter).filter(Boolean) ?? []),
    ...(prefersEnvironment(around) ? [...environment, ...own] : [...own, ...environment]),
    ...system,
  ]
  return [...new Set(folders)]
}

/** Where `pip install --user` puts data; on macOS and Windows that depends on Python's version. */
function pythonUserFolder({ env, platform, home }: Surroundings): string[] {
  const paths = pathsOf(platform)
  const isLinux = platform !== 'darwin' && platform !== 'win32'
  const base = env.PYTHONUSERBASE || (isLinux ? paths.join(home, '.local') : undefined)
  return base === undefined ? [] : [paths.join(base, 'share', 'jupyter')]
}

/** Whether an environment's data come before the user's: where told so, and in an environment of its own. */
function prefersEnvironment({ env }: Surroundings): boolean {
  if (env.JUPYTER_PREFER_ENV_PATH !== undefined) return isSet(env.JUPYTER_PREFER_ENV_PATH)
  if (env.VIRTUAL_ENV) return true
  return Boolean(env.CONDA_PREFIX) && env.CONDA_DEFAULT_ENV !== 'base'
}

/** How Jupyter reads a switch in the environment. */
function isSet(value: string | undefined): boolean {
  return (
    value !== undefined &&
    !['', 'no', 'n', 'false', 'off', '0', '0.0'].includes(value.toLowerCase())
  )
}

function pathsOf(platform: NodeJS.Platform): PlatformPath {
  return platform === 'win32' ? win32 : posix
}
