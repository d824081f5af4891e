#!/usr/bin/env node
/** The command `fovea`: one file in `commands` for each of its commands. */
import { readFileSync } from 'node:fs'
import { type Command, UsageError } from './commands/command.js'
import { nearest } from './nearest.js'
import { packageFolder } from './preloaded.js'

/** Each loads when it is called, so that the kernel starts at once. */
const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  install: {
    summary: 'make the kernel known to Jupyter',
    load: () => import('./commands/install.js'),
  },
  uninstall: {
    summary: 'undo that',
    load: () => import('./commands/uninstall.js'),
  },
  run: {
    summary: 'run notebooks, without Jupyter',
    load: () => import('./commands/run.js'),
  },
  replay: {
    summary: 'run executed notebooks again, and compare',
    load: () => import('./commands/replay.js'),
  },
  convert: {
    summary: 'make a page or a TypeScript program of notebooks',
    load: () => import('./commands/convert.js'),
  },
  new: {
    summary: 'write a lecture or a lab to begin with',
    load: () => import('./commands/new.js'),
  },
  lab: {
    summary: 'release, grade and verify assignments',
    load: () => import('./commands/lab.js'),
  },
  worker: {
    summary: 'do shards of jobs from a queue',
    load: () => import('./commands/worker.js'),
  },
  doctor: {
    summary: 'say what works here, and what is missing',
    load: () => import('./commands/doctor.js'),
  },
  kernel: {
    summary: 'start the kernel (Jupyter does this)',
    load: () => import('./commands/kernel.js'),
  },
}

const HELP = `Fovea: see inside convolutional networks.

Usage: fovea COMMAND [arguments]

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`)
  .join('\n')}

  fovea COMMAND --help     how a command is used
  fovea --version

Examples:
  fovea install
  fovea run lecture.ipynb --html lecture.html
`

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--version' || name === '-v') {
    const text = readFileSync(`${packageFolder}package.json`, 'utf8')
    console.log((JSON.parse(text) as { version: string }).version)
    return 0
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    if (name === 'help' && args[0] !== undefined) return main([args[0], '--help'])
    process.stdout.write(HELP)
    return 0
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!entry) {
    const near = nearest(name, Object.keys(commands))
    const hint = near ? `; did you mean 'fovea ${near}'?` : '.'
    throw new UsageError(`there is no command '${name}'${hint} See fovea --help`)
  }
  const command = await entry.load()
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help)
    return 0
  }
  try {
    return await command.run(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`fovea ${name}: ${error.message}\n'fovea ${name} --help' shows how it is used.`)
    return 2
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof UsageError
  const text = isUsage ? error.message : error instanceof Error ? error.stack : String(error)
  console.error(`fovea: ${text}`)
  process.exitCode = isUsage ? 2 : 1
}
