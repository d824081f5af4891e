/** A program in a terminal of its own, and someone who types. */
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopProgram, type ProgramOptions } from './programs.js'

export class Terminal {
  private readonly child: ChildProcess
  private text = ''

  constructor(command: string[], { cwd, env }: ProgramOptions) {
    const line = command.map((word) => `'${word}'`).join(' ')
    this.child = spawn(
      'script',
      ['--quiet', '--flush', '--return', '--command', line, '/dev/null'],
      {
        cwd,
        env: { ...env, TERM: 'xterm', PROMPT_TOOLKIT_NO_CPR: '1', COLUMNS: '100', LINES: '40' },
        stdio: ['pipe', 'pipe', 'inherit'],
        detached: true,
      },
    )
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.text += text))
    this.child.stdin!.on('error', () => {})
  }

  get closed(): boolean {
    return this.child.exitCode !== null
  }

  type(keys: string): void {
    this.child.stdin!.write(keys)
  }

  /**
   * Waits until this appears after all that appeared before, and forgets what is before it.
   *
   * @throws where it has not within a minute.
   */
  async see(expected: string): Promise<void> {
    for (let i = 0; i < 600; i++) {
      const screen = withoutControls(this.text)
      const at = screen.indexOf(expected)
      if (at >= 0) {
        this.text = screen.slice(at + expected.length)
        return
      }
      await sleep(100)
    }
    throw new Error(`'${expected}' did not appear\n${withoutControls(this.text).slice(-3000)}`)
  }

  stop(): Promise<void> {
    return stopProgram(this.child)
  }
}

function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b(\[[0-?]*[ -/]*[@-~]|\][^\u0007]*\u0007|[()][A-Z0-9]|[=>78])|\r/g, '')
}
