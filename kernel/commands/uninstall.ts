/** `fovea uninstall`: removes what `fovea install` wrote. */
import { uninstallKernelspec } from '../install.js'
import { readArguments, refuseArguments } from './command.js'
import { explain } from './install.js'
import { dataFolder, placeHelp, placeOptions } from './kernelspec-place.js'

export const help = `Usage: fovea uninstall [options]

Removes the kernelspec that 'fovea install' wrote with the same options, and nothing else.
'fovea doctor' lists what is installed.

Options:
${placeHelp}

Examples:
  fovea uninstall
  fovea uninstall --sys-prefix --name fovea-cuda
`

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, placeOptions)
  refuseArguments(positionals)
  const data = await dataFolder(values)
  const { folder, kept } = await uninstallKernelspec(data, values).catch(explain)
  console.log(`Removed the kernelspec from ${folder}`)
  if (kept.length > 0) console.log(`Kept what is not Fovea's there: ${kept.join(', ')}`)
  return 0
}
