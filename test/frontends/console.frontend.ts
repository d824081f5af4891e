/** The terminal: `jupyter console`. */
import { expect } from 'chai'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KernelClient } from '../../kernel/client.js'
import type { ConnectionInfo } from '../../kernel/protocol.js'
import { Jupyter } from './jupyter.js'
import { needs, python } from './machine.js'
import { Terminal } from './terminal.js'

const ENTER = '\r'
const TAB = '\t'
const CONTROL_C = '\u0003'
const CONTROL_D = '\u0004'

describe('jupyter console', () => {
  needs(['jupyter_console'])
  let jupyter: Jupyter
  let terminal: Terminal | undefined
  before(async () => (jupyter = await Jupyter.create()))
  after(async () => {
    await terminal?.stop()
    await jupyter?.remove()
  })

  it('runs lines, continues unfinished ones, completes, asks, interrupts and ends', async () => {
    const command = [
      python,
      '-m',
      'jupyter_console',
      '--kernel=fovea',
      '--JupyterConsoleApp.confirm_exit=False',
    ]
    const { folder: cwd, env } = jupyter
    terminal = new Terminal(command, { cwd, env })
    await terminal.see('see inside convolutional networks')
    await terminal.see('In [1]:')
    await languageLoaded(jupyter)
    terminal.type('6 * 7' + ENTER)
    await terminal.see('Out[1]: 42')
    await terminal.see('In [2]:')
    terminal.type('for (const i of [1, 2]) {' + ENTER)
    await terminal.see('...:')
    terminal.type('console.log("line", i)' + ENTER + '}' + ENTER + ENTER)
    await terminal.see('line 1')
    await terminal.see('line 2')
    await terminal.see('In [3]:')
    terminal.type('typeof viz.sce' + TAB)
    await terminal.see('nes') // only what is new is drawn
    terminal.type(ENTER)
    await terminal.see("Out[3]: 'function'")
    await terminal.see('In [4]:')
    terminal.type("await input('Who? ')" + ENTER)
    await terminal.see('Who?')
    terminal.type('Ada' + ENTER)
    await terminal.see("Out[4]: 'Ada'")
    await terminal.see('In [5]:')
    terminal.type('console.log("be" + "gun"); while (true) {}' + ENTER)
    await terminal.see('begun')
    terminal.type(CONTROL_C)
    await terminal.see('KeyboardInterrupt')
    await terminal.see('In [6]:')
    terminal.type(CONTROL_D)
    for (let i = 0; i < 100 && !terminal.closed; i++) await sleep(100)
    expect(terminal.closed).to.equal(true)
  })
})

/**
 * Waits until the kernel that the console has started answers as fast as it does from then on: the console
 * gives up after a second, which the first answer may take on a busy machine.
 */
async function languageLoaded({ runtime }: Jupyter): Promise<void> {
  const [name] = (await readdir(runtime)).filter((file) => /^kernel-.*\.json$/.test(file))
  const connection = JSON.parse(await readFile(join(runtime, name!), 'utf8')) as ConnectionInfo
  const client = await KernelClient.connect(connection)
  await client.isComplete('1')
  client.close()
}
