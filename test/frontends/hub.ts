/** A JupyterHub with the shipped configuration, and what a front-end does with the servers behind it. */
import { KernelManager, ServerConnection, type Kernel } from '@jupyterlab/services'
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, type Jupyter } from './jupyter.js'
import { stopProgram } from './programs.js'

const token = 'known-to-this-test-alone'
const shipped = fileURLToPath(
  new URL('../../deploy/jupyterhub/jupyterhub_config.py', import.meta.url),
)
const ours = fileURLToPath(new URL('jupyterhub_config.py', import.meta.url))

export interface Ran {
  status: string
  /** What it printed, its result, and its error, as text. */
  text: string
}

export class Hub {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  /** Starts it and waits until it answers. */
  static async start({ folder, env }: Jupyter, settings: NodeJS.ProcessEnv): Promise<Hub> {
    const port = await freePort()
    const child = spawn('jupyterhub', ['-f', ours], {
      cwd: folder,
      env: {
        ...env,
        ...settings,
        HUB_CONFIG: shipped,
        HUB_FOLDER: folder,
        HUB_PORT: String(port),
        HUB_TOKEN: token,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-5000)))
    const hub = new Hub(child, `http://127.0.0.1:${port}/`)
    for (let i = 0; i < 600 && child.exitCode === null; i++) {
      if ((await hub.ask('').catch(() => undefined))?.ok) return hub
      await sleep(100)
    }
    await stopProgram(child)
    throw new Error(`jupyterhub does not answer\n${log}`)
  }

  stop(): Promise<void> {
    return stopProgram(this.child)
  }

  /** Starts a student's server. */
  async open(student: string): Promise<KernelManager> {
    await this.ask(`users/${student}`, 'POST')
    await this.ask(`users/${student}/server`, 'POST')
    for (let i = 0; i < 1200; i++) {
      const answer = await this.ask(`users/${student}`)
      const { servers } = (await answer.json()) as { servers: Record<string, { ready: boolean }> }
      if (servers['']?.ready) {
        const baseUrl = `${this.url}user/${student}/`
        const wsUrl = baseUrl.replace('http', 'ws')
        const serverSettings = ServerConnection.makeSettings({ baseUrl, wsUrl, token })
        return new KernelManager({ serverSettings })
      }
      await sleep(100)
    }
    throw new Error(`the server of ${student} does not answer`)
  }

  private ask(path: string, method = 'GET'): Promise<Response> {
    const headers = { authorization: `token ${token}` }
    return fetch(`${this.url}hub/api/${path}`, { method, headers })
  }
}

/** Runs a cell to its end. */
export async function run(kernel: Kernel.IKernelConnection, code: string): Promise<Ran> {
  const future = kernel.requestExecute({ code })
  let text = ''
  future.onIOPub = ({ header, content }) => {
    if (!['stream', 'execute_result', 'error'].includes(header.msg_type)) return // progress
    const seen = content as { text?: string; evalue?: string; data?: Record<string, string> }
    text += seen.text ?? seen.data?.['text/plain'] ?? seen.evalue
  }
  const reply = await future.done
  return { status: reply.content.status, text }
}
