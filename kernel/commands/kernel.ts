/** `fovea kernel`: what the kernelspec starts. */
import module from 'node:module'
import { readArguments, UsageError } from './command.js'

export const help = `Usage: fovea kernel CONNECTION_FILE

Starts the kernel on the sockets that the connection file names. Jupyter does this; by hand
it is of use to look for a fault:

  fovea kernel /tmp/connection.json
  jupyter console --existing /tmp/connection.json
`

export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments(args, {})
  const [connectionFile] = positionals
  if (positionals.length !== 1 || !connectionFile)
    throw new UsageError('one file was expected: fovea kernel CONNECTION_FILE')
  process.on('SIGUSR1', () => {}) // which would open a debugger, to code of cells as well
  const { enableCompileCache } = module as { enableCompileCache?: () => void }
  enableCompileCache?.() // from Node 22: the compiler loads faster
  const { serveKernel } = await import('../kernel.js')
  return serveKernel(connectionFile)
}
