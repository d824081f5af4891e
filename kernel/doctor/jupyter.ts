import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonPrefix } from '../commands/kernelspec-place.js'
import { isOurs, type Kernelspec, packageVersion, readKernelspec } from '../install.js'
import { activeEnvironment, dataFolders, surroundings } from '../jupyter-folders.js'
import { absent, bad, type Check, good, type Group, output } from './check.js'

/** What there is of Jupyter, and which kernelspecs of Fovea it finds. */
export async function jupyter(): Promise<Group> {
  const names = surroundings.platform === 'win32' ? ['python', 'py'] : ['python3', 'python']
  const [python, versions] = await Promise.all([
    firstOutput(names),
    output('jupyter', ['--version']),
  ])
  const prefix = activeEnvironment() ?? (await pythonPrefix())
  const folders = dataFolders(surroundings, prefix)
  const checks = [
    python === undefined
      ? absent('Python', 'none on the PATH; Fovea needs none')
      : good('Python', python.replace(/^Python /, '')),
    jupyterCheck(versions),
    good(
      'Data folders',
      folders.map((folder) => folder + (existsSync(folder) ? '' : ' (not there)')).join('\n'),
    ),
    ...(await kernelspecs(folders)),
  ]
  return { title: 'Jupyter', checks }
}

async function firstOutput(names: string[]): Promise<string | undefined> {
  for (const name of names) {
    const found = await output(name, ['--version'])
    if (found?.startsWith('Python ')) return found
  }
  return undefined
}

function jupyterCheck(versions: string | undefined): Check {
  const parts = [...(versions ?? '').matchAll(/^(\S+(?: core)?)\s*:\s*(\d\S*)/gm)]
  if (parts.length === 0)
    return absent(
      'Jupyter',
      'none on the PATH',
      "'fovea run' and VS Code work without; for the browser: pip install jupyterlab",
    )
  return good('Jupyter', parts.map(([, name, version]) => `${name} ${version}`).join(', '))
}

async function kernelspecs(folders: string[]): Promise<Check[]> {
  const version = await packageVersion()
  const first = new Map<string, string>()
  const checks: Check[] = []
  for (const data of folders)
    for (const name of await readdir(join(data, 'kernels')).catch(() => [])) {
      const folder = join(data, 'kernels', name)
      const spec = await readKernelspec(folder)
      if (!spec) continue
      const before = first.get(name)
      first.set(name, before ?? folder)
      if (isOurs(spec)) checks.push(kernelspec(name, folder, spec, version, before))
    }
  if (checks.length > 0) return checks
  return [
    absent('Kernelspec', 'none of Fovea', "'fovea install' makes the kernel known to Jupyter"),
  ]
}

function kernelspec(
  name: string,
  folder: string,
  spec: Kernelspec,
  version: string,
  before: string | undefined,
): Check {
  const title = `Kernelspec '${name}'`
  const again = `'fovea install' writes it anew`
  const gone = spec.argv.slice(0, 2).find((file) => !existsSync(file))
  if (gone !== undefined) return bad(title, `${folder} starts ${gone}, which is not there`, again)
  const written = spec.metadata?.fovea?.version
  if (written !== version)
    return bad(title, `${folder} is of version ${written}, this is ${version}`, again)
  if (before !== undefined)
    return absent(title, `${folder}, hidden by ${before}`, 'remove one, or give it another --name')
  return good(title, folder)
}
