/** Writes the kernelspec, so that Jupyter's front-ends find the kernel. No Python is needed for it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface InstallOptions {
  /** Install below this folder (into its share/jupyter/kernels). Default: for the current user. */
  prefix?: string
}

/** @returns the folder of the kernelspec. */
export async function installKernelspec({ prefix }: InstallOptions = {}): Promise<string> {
  const data = prefix === undefined ? userDataFolder() : join(resolve(prefix), 'share', 'jupyter')
  const folder = join(data, 'kernels', 'fovea')
  await mkdir(folder, { recursive: true })
  const command = fileURLToPath(new URL('./cli.js', import.meta.url))
  const spec = {
    argv: [process.execPath, command, 'kernel', '{connection_file}'],
    display_name: 'Fovea (TypeScript)',
    language: 'typescript',
    interrupt_mode: 'message',
    metadata: { debugger: false },
  }
  const file = join(folder, 'kernel.json')
  const temporary = `${file}.${process.pid}`
  try {
    await writeFile(temporary, `${JSON.stringify(spec, null, 2)}\n`)
    await rename(temporary, file)
  } finally {
    await rm(temporary, { force: true })
  }
  return folder
}

/** Jupyter's folder for the data of one user, as its documentation has it. */
export function userDataFolder(env = process.env, platform = process.platform): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR
  if (platform === 'darwin') return join(homedir(), 'Library', 'Jupyter')
  if (platform === 'win32')
    return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'jupyter')
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'jupyter')
}
