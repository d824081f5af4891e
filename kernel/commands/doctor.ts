/** `fovea doctor`: what works here. */
import { styleText } from 'node:util'
import type { Group } from '../doctor/check.js'
import { packageVersion } from '../install.js'
import { readArguments, refuseArguments } from './command.js'

export const help = `Usage: fovea doctor [--json]

Says what works on this computer: Node, processor and memory; each engine, tried on a tiny graph
and its gradient; Jupyter, its folders, and the kernelspecs of Fovea; the folder of models; and
the kernel, which is started and asked for a sum. Takes some seconds.

  ✓ works   – is not there and not needed   ✗ is broken, with what to do about it

Options:
  --json     print all that as JSON

Exit status: 0 when all that is needed works, 1 when something is broken.

Examples:
  fovea doctor
  fovea doctor --json > doctor.json
`

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' } })
  refuseArguments(positionals)
  const groups: Group[] = []
  for (const gather of gatherers) {
    const group = await gather()
    groups.push(group)
    if (!values.json) print(group)
  }
  const broken = groups.flatMap(({ checks }) => checks).filter(({ state }) => state === 'bad')
  if (values.json) {
    const report = { version: await packageVersion(), ok: broken.length === 0, groups }
    console.log(JSON.stringify(report, null, 2))
  } else if (broken.length === 0) console.log('All that is needed works.')
  else console.log(`Broken: ${broken.map(({ name }) => name).join('; ')}`)
  return broken.length === 0 ? 0 : 1
}

/** Each is loaded when its turn comes, so that one that cannot load does not keep the others from it. */
const gatherers: (() => Promise<Group>)[] = [
  async () => (await import('../doctor/machine.js')).machine(),
  async () => guarded('Engines', async () => (await import('../doctor/engines.js')).engines()),
  async () => guarded('Jupyter', async () => (await import('../doctor/jupyter.js')).jupyter()),
  async () => guarded('Models', async () => (await import('../doctor/storage.js')).storage()),
  async () => guarded('Kernel', async () => (await import('../doctor/kernel.js')).kernel()),
]

async function guarded(title: string, gather: () => Promise<Group>): Promise<Group> {
  try {
    return await gather()
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    const hint = "install Fovea's packages again: npm install"
    return { title, checks: [{ name: title, state: 'bad', detail, hint }] }
  }
}

const marks = { good: '✓', bad: '✗', absent: '–' }
const colours = { good: 'green', bad: 'red', absent: 'gray' } as const
const NAME_WIDTH = 22

function print({ title, checks }: Group): void {
  const isTerminal = process.stdout.isTTY && !process.env.NO_COLOR
  const paint = (style: 'bold' | 'green' | 'red' | 'gray', text: string) =>
    isTerminal ? styleText(style, text) : text
  console.log(paint('bold', title))
  for (const { name, state, detail, hint } of checks) {
    const [first, ...more] = [...detail.split('\n'), ...(hint === undefined ? [] : [`→ ${hint}`])]
    console.log(`  ${paint(colours[state], marks[state])} ${name.padEnd(NAME_WIDTH)}${first}`)
    for (const line of more) console.log(' '.repeat(NAME_WIDTH + 4) + line)
  }
  console.log()
}
