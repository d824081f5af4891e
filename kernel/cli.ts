#!/usr/bin/env node
/** The command `fovea`. */
import { readFileSync } from 'node:fs'
import module from 'node:module'
import { parseArgs } from 'node:util'
import { closest } from 'fastest-levenshtein'
import { packageFolder } from './preloaded.js'

const HELP = `Fovea: see inside convolutional networks.

Usage:
  fovea install [--user | --prefix DIR]   make the kernel known to Jupyter
  fovea run NOTEBOOK [--out FILE.ipynb] [--html FILE.html]
                                          run a notebook, without Jupyter
  fovea kernel CONNECTION_FILE            start the kernel (Jupyter does this)
  fovea --help, fovea --version
`

/** Each returns the exit code of the process. */
const commands: Record<string, (args: string[]) => Promise<number>> = {
  async install(args) {
    const { values } = parseArgs({
      args,
      options: { user: { type: 'boolean' }, prefix: { type: 'string' } },
    })
    if (values.user && values.prefix !== undefined)
      throw new UsageError('give --user or --prefix, not both')
    const { installKernelspec } = await import('./install.js')
    console.log(
      `The kernel "Fovea (TypeScript)" is installed in ${await installKernelspec(values)}`,
    )
    return 0
  },

  async run(args) {
    const { runNotebookCommand } = await import('./notebook/command.js')
    return runNotebookCommand(args)
  },

  async kernel(args) {
    const { positionals } = parseArgs({ args, allowPositionals: true })
    const [connectionFile] = positionals
    if (positionals.length !== 1 || !connectionFile)
      throw new UsageError('expected: fovea kernel CONNECTION_FILE')
    const { enableCompileCache } = module as { enableCompileCache?: () => void }
    enableCompileCache?.() // from Node 22: the compiler loads faster
    const { serveKernel } = await import('./kernel.js')
    return serveKernel(connectionFile)
  },
}

/** The user's mistake: told without a stack. */
class UsageError extends Error {}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(HELP)
    return 0
  }
  if (name === '--version' || name === '-v') {
    const { version } = JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')) as {
      version: string
    }
    console.log(version)
    return 0
  }
  // `run` has a help of its own.
  const wantsHelp = args.includes('--help') || args.includes('-h')
  if (wantsHelp && name !== 'run') return main(['--help'])
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    const nearest = closest(name, Object.keys(commands))
    throw new UsageError(
      `there is no command '${name}'; did you mean 'fovea ${nearest}'? See fovea --help`,
    )
  }
  return command(args)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const isUsage = error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS')
  console.error(
    `fovea: ${isUsage ? (error as Error).message : error instanceof Error ? error.stack : String(error)}`,
  )
  process.exitCode = isUsage ? 2 : 1
}
